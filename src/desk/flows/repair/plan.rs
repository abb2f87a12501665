//! What a repair would do, computed from the two copies alone: the comparison field by field, what stands in the way,
//! and the lines for the online system. Nothing here touches the database.

use crate::desk::Lang;
use crate::desk::account::nested::{Application, Withdrawal};
use crate::desk::account::store::Account;
use crate::desk::account::{AccountRecord, ApplicationState, EmailAddress, LicenceImage, Mark, Phone, name_key};
use crate::desk::flows::changes::{ChangeAct, NewChange};
use crate::word_enum;

word_enum! {
    /// What two registrations are compared by.
    RepairField {
        /// 医籍登録番号
        RegistrationNumber = "registration_number",
        /// 生年月日
        Birthdate = "birthdate",
        /// 氏名
        Name = "name",
        /// フリガナ
        Kana = "kana",
        /// 旧姓
        FormerNames = "former_names",
        /// メールアドレス
        Email = "email",
        /// 電話番号
        Phone = "phone",
        /// 区分
        Phase = "phase",
        /// 研修開始年度
        EntryFiscalYear = "entry_fiscal_year",
        /// 基本領域
        Specialty = "specialty",
        /// プログラム
        Program = "program",
        /// 免許証画像
        LicenceImage = "licence_image",
        /// 応募状態: shown, never moved
        ApplicationState = "application_state",
        /// 一時パスワード: shown, voided
        TemporaryPassword = "temporary_password_issued_at",
        /// ログインURL状態: shown
        LoginMail = "login_mail_state",
        /// 登録日時: shown
        RegisteredAt = "registered_at",
    }
}

impl RepairField {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::RegistrationNumber => lang.t("医籍登録番号", "Registration no."),
            Self::Birthdate => lang.t("生年月日", "Birthdate"),
            Self::Name => lang.t("氏名", "Name"),
            Self::Kana => lang.t("フリガナ", "Reading"),
            Self::FormerNames => lang.t("旧姓", "Former names"),
            Self::Email => lang.t("メール", "Mail"),
            Self::Phone => lang.t("電話", "Phone"),
            Self::Phase => lang.t("区分", "Phase"),
            Self::EntryFiscalYear => lang.t("研修開始年度", "Entry fiscal year"),
            Self::Specialty => lang.t("基本領域", "Specialty"),
            Self::Program => lang.t("プログラム", "Programme"),
            Self::LicenceImage => lang.t("免許証画像", "Licence image"),
            Self::ApplicationState => lang.t("応募", "Application"),
            Self::TemporaryPassword => lang.t("一時パスワード", "Temporary password"),
            Self::LoginMail => lang.t("ログインURL", "Login URL"),
            Self::RegisteredAt => lang.t("登録日時", "Registered"),
        }
    }

    /// Whether the value of the survivor can be taken from the other one.
    pub fn is_choosable(self) -> bool {
        !matches!(self, Self::ApplicationState | Self::TemporaryPassword | Self::LoginMail | Self::RegisteredAt)
    }

    /// Whether it is shown masked until personal data is opened.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::RegistrationNumber | Self::Birthdate | Self::Email | Self::Phone)
    }
}

/// What must be known of a registration for a repair.
#[derive(Debug, Clone)]
pub struct Side {
    /// The copy.
    pub account: Account,
    /// Its applications.
    pub applications: Vec<Application>,
    /// Its withdrawal.
    pub withdrawal: Option<Withdrawal>,
    /// A repair put it away already.
    pub is_retired: bool,
    /// Others were put away in its favour.
    pub is_survivor: bool,
    /// A repair of it waits for approval.
    pub has_open_repair: bool,
}

impl Side {
    fn record(&self) -> &AccountRecord {
        &self.account.record
    }

    /// An application that is running or was accepted: whoever owns it cannot be closed.
    fn is_live(&self) -> bool {
        let is_live = |state| matches!(state, ApplicationState::Applied | ApplicationState::Accepted);
        self.record().application_state.is_some_and(is_live)
            || self.applications.iter().any(|application| is_live(application.state))
    }

    fn is_withdrawing(&self) -> bool {
        self.record().application_state == Some(ApplicationState::WithdrawalRequested)
            || self.withdrawal.as_ref().is_some_and(Withdrawal::is_pending)
    }
}

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The field.
    pub field: RepairField,
    /// The survivor's value.
    pub a: String,
    /// The other one's.
    pub b: String,
    /// How they stand to each other.
    pub mark: Mark,
    /// Whether the other one's value was chosen.
    pub is_taken: bool,
}

impl Row {
    /// Whether there is something to choose.
    pub fn is_choice(&self) -> bool {
        self.field.is_choosable() && self.a != self.b
    }

    /// What the survivor has afterwards.
    pub fn outcome(&self) -> &str {
        if self.is_taken { &self.b } else { &self.a }
    }
}

word_enum! {
    /// What stands in the way of a repair.
    Guard {
        /// The registration to be closed has a running or accepted application.
        LiveApplication = "live_application",
        /// A withdrawal of either is not finished.
        WithdrawalPending = "withdrawal_pending",
        /// One of them was put away before.
        AlreadyRetired = "already_retired",
        /// The one to be closed survived an earlier repair.
        RetiresASurvivor = "retires_a_survivor",
        /// A repair of one of them waits for approval.
        AlreadyAsked = "already_asked",
        /// A temporary password was issued: it must be voided, or it gets in the way of the login URL (F02, F17).
        TemporaryPassword = "temporary_password",
        /// The rule does not take the two for one person.
        NotOnePerson = "not_one_person",
    }
}

impl Guard {
    /// Whether nothing can be done before it is gone; the others want to be acknowledged.
    pub fn is_blocking(self) -> bool {
        !matches!(self, Self::TemporaryPassword | Self::NotOnePerson)
    }

    /// What it means and what to do.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::LiveApplication => lang.t(
                "取り消す側に、応募中または採用の応募があります。応募のある登録を残す側にしてください。",
                "The registration to be closed has a live or accepted application. Keep the one that has it.",
            ),
            Self::WithdrawalPending => lang.t(
                "採用辞退の手続きが終わっていません。統括責任者の承認と本人への通知が済んでから直してください。",
                "A withdrawal is not finished. Wait until the director has decided and the person was told.",
            ),
            Self::AlreadyRetired => lang.t(
                "どちらかの登録は、前の修正で取り消されています。",
                "One of the two was put away by an earlier repair.",
            ),
            Self::RetiresASurvivor => lang.t(
                "取り消す側は、前の修正で残した登録です。こちらを残す側にしてください。",
                "The registration to be closed survived an earlier repair. Keep that one.",
            ),
            Self::AlreadyAsked => lang.t(
                "どちらかの登録の修正が、承認を待っています。",
                "A repair of one of the two is waiting for approval.",
            ),
            Self::TemporaryPassword => lang.t(
                "一時パスワードが発行されています。取り消しを依頼しないと、ログイン用URLでログインできません。",
                "A temporary password was issued. Unless it is voided, the login URL does not work.",
            ),
            Self::NotOnePerson => lang.t(
                "照合の規則では、同じ人の登録とみなされていません。番号が1桁違うだけの別人のことがあります。",
                "The rule does not take them for one person. Two doctors can be one digit apart.",
            ),
        }
    }

    /// What is ticked to acknowledge it.
    pub fn acknowledgement(self, lang: Lang) -> &'static str {
        match self {
            Self::TemporaryPassword => {
                lang.t("一時パスワードの取り消しも依頼する", "Ask for the temporary password to be voided as well")
            }
            _ => lang.t("証明の画像などで、同じ人だと確かめた", "I have verified by evidence that it is one person"),
        }
    }
}

/// What a repair would do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The comparison.
    pub rows: Vec<Row>,
    /// What stands in the way.
    pub guards: Vec<Guard>,
    /// The lines for the online system.
    pub changes: Vec<NewChange>,
}

impl Plan {
    /// What makes it impossible now.
    pub fn blocking(&self) -> impl Iterator<Item = Guard> + '_ {
        self.guards.iter().copied().filter(|guard| guard.is_blocking())
    }

    /// What wants to be acknowledged.
    pub fn to_acknowledge(&self) -> impl Iterator<Item = Guard> + '_ {
        self.guards.iter().copied().filter(|guard| !guard.is_blocking())
    }
}

/// Plans to keep `survivor` and to close `retired`, with the fields in `taken` taken from the latter.
pub fn plan(survivor: &Side, retired: &Side, taken: &[RepairField], is_one_person: bool) -> Plan {
    let rows: Vec<Row> = RepairField::ALL.iter().map(|field| row(*field, survivor, retired, taken)).collect();
    Plan { guards: guards(survivor, retired, is_one_person), changes: changes(&rows, survivor, retired), rows }
}

fn guards(survivor: &Side, retired: &Side, is_one_person: bool) -> Vec<Guard> {
    let either = |test: &dyn Fn(&Side) -> bool| test(survivor) || test(retired);
    let has_password = |side: &Side| side.record().temporary_password_issued_at.is_some();
    [
        (Guard::LiveApplication, retired.is_live()),
        (Guard::WithdrawalPending, either(&Side::is_withdrawing)),
        (Guard::AlreadyRetired, either(&|side: &Side| side.is_retired)),
        (Guard::RetiresASurvivor, retired.is_survivor),
        (Guard::AlreadyAsked, either(&|side: &Side| side.has_open_repair)),
        (Guard::TemporaryPassword, either(&has_password)),
        (Guard::NotOnePerson, !is_one_person),
    ]
    .into_iter()
    .filter_map(|(guard, stands)| stands.then_some(guard))
    .collect()
}

fn row(field: RepairField, survivor: &Side, retired: &Side, taken: &[RepairField]) -> Row {
    let (a, b) = (value(field, survivor.record()), value(field, retired.record()));
    let is_taken = field.is_choosable() && a != b && taken.contains(&field);
    Row { field, mark: mark(field, survivor.record(), retired.record(), &a, &b), a, b, is_taken }
}

/// A field as text, as `accounts.csv` has it.
pub fn value(field: RepairField, r: &AccountRecord) -> String {
    let stamp = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    match field {
        RepairField::RegistrationNumber => r.registration_number.value().to_string(),
        RepairField::Birthdate => r.birthdate.date().to_string(),
        RepairField::Name => r.full_name(),
        RepairField::Kana => r.full_kana(),
        RepairField::FormerNames => r.former_names.join(";"),
        RepairField::Email => r.email.clone(),
        RepairField::Phone => r.phone.clone(),
        RepairField::Phase => r.phase.map(|phase| phase.ja().to_owned()).unwrap_or_default(),
        RepairField::EntryFiscalYear => r.entry_fiscal_year.map(|year| year.to_string()).unwrap_or_default(),
        RepairField::Specialty => r.specialty.clone(),
        RepairField::Program => r.program.clone(),
        RepairField::LicenceImage => {
            r.licence_image.filter(|i| *i != LicenceImage::None).map(|i| i.ja().to_owned()).unwrap_or_default()
        }
        RepairField::ApplicationState => r.application_state.map(|s| s.ja().to_owned()).unwrap_or_default(),
        RepairField::TemporaryPassword => stamp(r.temporary_password_issued_at),
        RepairField::LoginMail => r.login_mail_state.map(|s| s.ja().to_owned()).unwrap_or_default(),
        RepairField::RegisteredAt => stamp(r.registered_at),
    }
}

fn mark(field: RepairField, x: &AccountRecord, y: &AccountRecord, a: &str, b: &str) -> Mark {
    if a.is_empty() || b.is_empty() {
        return if a == b { Mark::Agree } else { Mark::Missing };
    }
    if a == b {
        return Mark::Agree;
    }
    let is_near = match field {
        RepairField::RegistrationNumber => x.registration_number.is_one_slip_from(y.registration_number),
        RepairField::Birthdate => x.birthdate.is_one_slip_from(y.birthdate),
        RepairField::Name | RepairField::Kana | RepairField::Specialty | RepairField::Program => {
            name_key(a) == name_key(b)
        }
        RepairField::Email => match (EmailAddress::parse(a), EmailAddress::parse(b)) {
            (Ok(a), Ok(b)) => a.value.key() == b.value.key() || a.value.local_part() == b.value.local_part(),
            _ => false,
        },
        RepairField::Phone => match (Phone::parse(a), Phone::parse(b)) {
            (Ok(a), Ok(b)) => a.value == b.value,
            _ => false,
        },
        _ => false,
    };
    if is_near { Mark::Near } else { Mark::Differ }
}

fn changes(rows: &[Row], survivor: &Side, retired: &Side) -> Vec<NewChange> {
    let (keep, close) = (survivor.record(), retired.record());
    let mut changes = Vec::new();
    let mut set = |field: &'static str, old: &str, new: &str| {
        if old != new {
            let (account_id, old, new) = (keep.account_id.clone(), old.to_owned(), new.to_owned());
            changes.push(NewChange { account_id, act: ChangeAct::Set, field, old, new });
        }
    };
    for row in rows.iter().filter(|row| row.is_taken) {
        match row.field {
            RepairField::Name => {
                set("family_name", &keep.family_name, &close.family_name);
                set("given_name", &keep.given_name, &close.given_name);
            }
            RepairField::Kana => {
                set("family_kana", &keep.family_kana, &close.family_kana);
                set("given_kana", &keep.given_kana, &close.given_kana);
            }
            RepairField::Phase => {
                let word = |r: &AccountRecord| r.phase.map_or("", |phase| phase.as_str());
                set("phase", word(keep), word(close));
            }
            RepairField::LicenceImage => {}
            field => set(field.as_str(), &row.a, &row.b),
        }
    }
    if rows.iter().any(|row| row.is_taken && row.field == RepairField::LicenceImage) {
        changes.push(NewChange {
            old: keep.account_id.clone(),
            new: close.account_id.clone(),
            ..NewChange::of(&keep.account_id, ChangeAct::TakeImage)
        });
    }
    for side in [keep, close] {
        if side.temporary_password_issued_at.is_some() {
            changes.push(NewChange::of(&side.account_id, ChangeAct::VoidTemporaryPassword));
        }
    }
    changes.push(NewChange { new: keep.account_id.clone(), ..NewChange::of(&close.account_id, ChangeAct::Retire) });
    changes
}
