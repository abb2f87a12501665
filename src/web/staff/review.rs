//! `/staff/images/{id}`: one image beside the one it would replace, what was read from it beside what is on file, and the
//! decision. The page opens with a POST, because it shows personal data: that is an audit line.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::images::find;
use super::layout::{At, Nav};
use crate::desk::account::AccountId;
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::audit::act;
use crate::desk::flows::replacement::{self, Approval, Compared, ReviewError};
use crate::desk::licence::{Image, ImageKind, ImageState, Readings, store};
use crate::desk::ticket::Ticket;
use crate::platform::db::{DbError, Tx};
use crate::web::{Form, Kept, PageError, Posted};
use crate::word_enum;

word_enum! {
    /// What the form decides.
    Decision {
        /// Nothing yet: compare what was typed.
        Compare = "compare",
        /// 承認: 医師免許証
        Licence = "licence",
        /// 承認: 仮の画像
        Provisional = "provisional",
        /// 差し戻し
        Return = "return",
        /// 氏名変更として
        Rename = "rename",
    }
}

#[derive(Template)]
#[template(path = "staff/review.html")]
struct ReviewPage {
    at: At,
    image: Image,
    ticket: Option<Ticket>,
    account: Option<Account>,
    /// The current image of the registration, when there is another one.
    old: Option<Image>,
    /// Whether pictures and personal data are shown.
    is_open: bool,
    readings: Readings,
    compared: [Compared; 3],
    reason: String,
    /// Why it is approved although something differs, and whether that was ticked.
    despite: String,
    is_confirmed: bool,
    error: Option<String>,
    /// The same picture elsewhere, and whether every pixel is the same.
    same: Vec<(Image, bool)>,
}

/// A row of the list that is ticked off.
struct Row<'r> {
    name: &'static str,
    label: &'r str,
    read: &'r str,
    on_file: String,
    class: &'static str,
    mark: &'static str,
    said: &'r str,
}

impl ReviewPage {
    fn is_decidable(&self) -> bool {
        self.at.may_work() && self.image.state == ImageState::Waiting
    }

    fn has_differences(&self) -> bool {
        self.compared.contains(&Compared::Differs)
    }

    fn hints(&self) -> Vec<&'static str> {
        self.image.hints.0.sentences(self.at.lang())
    }

    fn rows(&self) -> Vec<Row<'_>> {
        let record = self.account.as_ref().map(|account| &account.record);
        let (r, lang) = (&self.readings, self.at.lang());
        let items = [
            ("name", self.at.t("氏名", "Name"), &r.name, record.map(|r| r.full_name()), self.compared[0]),
            (
                "registration_number",
                self.at.t("医籍登録番号", "Registration number"),
                &r.registration_number,
                record.map(|r| r.registration_number.value().to_string()),
                self.compared[1],
            ),
            (
                "birthdate",
                self.at.t("生年月日", "Birthdate"),
                &r.birthdate,
                record.map(|r| r.birthdate.show(lang)),
                self.compared[2],
            ),
            (
                "registered_on",
                self.at.t("登録年月日", "Date of registration"),
                &r.registered_on,
                None,
                Compared::NotOnFile,
            ),
        ];
        items
            .into_iter()
            .map(|(name, label, read, on_file, compared)| {
                let (class, mark, said) = match compared {
                    Compared::Same => ("", "＝", self.at.t("一致", "the same")),
                    Compared::Differs => ("diff", "≠", self.at.t("違う", "differs")),
                    Compared::Unread => ("", "－", self.at.t("未入力", "not read yet")),
                    Compared::NotOnFile => ("", "－", self.at.t("新しく記録", "is noted")),
                };
                let on_file = on_file.unwrap_or_else(|| self.at.t("記録なし", "nothing on file").to_owned());
                Row { name, label, read, on_file, class, mark, said }
            })
            .collect()
    }
}

/// `GET /staff/images/{id}`: what there is to know without looking.
///
/// # Errors
/// 404, or when the database is away.
pub async fn page(desk: Desk, Path(public_id): Path<String>) -> Result<Response, PageError> {
    show(&desk, &public_id, StatusCode::OK, Typed::default(), false, None).await
}

/// `POST /staff/images/{id}/open`: the pictures and what is on file, with an audit line.
///
/// # Errors
/// 404, or when the audit line could not be stored.
pub async fn open(desk: Desk, Path(public_id): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    show_open(&desk, &public_id, StatusCode::OK, Typed::default(), None).await
}

/// The page with pictures and personal data, whatever led there: the audit lines are stored first.
async fn show_open(
    desk: &Desk,
    public_id: &str,
    status: StatusCode,
    typed: Typed,
    error: Option<String>,
) -> Result<Response, PageError> {
    let (image, ticket) = find(&mut desk.read().await?, desk, public_id).await?;
    let object = format!("image:{}", image.public_id);
    desk.audit(act::PERSONAL_DATA_OPENED, object.clone(), "").await?;
    if let Some(account) = account_of(&mut desk.read().await?, &image, ticket.as_ref()).await? {
        desk.audit(act::PERSONAL_DATA_OPENED, format!("account:{}", account.record.account_id), &object).await?;
    }
    show(desk, public_id, status, typed, true, error).await
}

/// What the form says.
#[derive(Debug, Clone)]
struct Typed {
    readings: Option<Readings>,
    decision: Decision,
    reason: String,
    despite: String,
    is_confirmed: bool,
}

impl Default for Typed {
    fn default() -> Self {
        Self {
            readings: None,
            decision: Decision::Compare,
            reason: String::new(),
            despite: String::new(),
            is_confirmed: false,
        }
    }
}

impl Typed {
    const FIELDS: [&'static str; 9] = [
        "name",
        "registration_number",
        "birthdate",
        "registered_on",
        "sharp",
        "decision",
        "reason",
        "despite",
        "confirmed",
    ];

    fn read(form: &Form) -> Result<Self, PageError> {
        form.only(&Self::FIELDS)?;
        let get = |name: &str| form.get(name).trim().chars().take(100).collect::<String>();
        let readings = Readings {
            name: get("name"),
            registration_number: get("registration_number"),
            birthdate: get("birthdate"),
            registered_on: get("registered_on"),
            is_sharp: !form.get("sharp").is_empty(),
        };
        Ok(Self {
            readings: Some(readings),
            decision: Decision::parse(form.get("decision")).unwrap_or(Decision::Compare),
            reason: form.get("reason").to_owned(),
            despite: form.get("despite").to_owned(),
            is_confirmed: !form.get("confirmed").is_empty(),
        })
    }
}

/// `POST /staff/images/{id}/decide`
///
/// # Errors
/// 404, or when the database is away; what was typed is then on the error page.
pub async fn decide(desk: Desk, Path(public_id): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    let typed = Typed::read(&form)?;
    let (image, _) = find(&mut desk.read().await?, &desk, &public_id).await?;
    let (ctx, by, readings, reason) =
        (desk.context(), desk.id(), typed.readings.clone().unwrap_or_default(), typed.reason.clone());
    let decision = typed.decision;
    if decision == Decision::Compare {
        return show_open(&desk, &public_id, StatusCode::OK, typed, None).await;
    }
    // Both the tick and the reason: neither alone goes past a difference.
    let despite = if typed.is_confirmed { typed.despite.clone() } else { String::new() };
    let write = async move |tx: &mut Tx| {
        // Read again where it is written: of two people one decides.
        let image = store::find(tx, &image.public_id).await?.ok_or(ReviewError::Decided)?;
        match decision {
            Decision::Licence | Decision::Provisional => {
                let kind = match decision {
                    Decision::Licence => ImageKind::Licence,
                    _ => ImageKind::Provisional,
                };
                let approval = Approval { kind, readings: readings.clone(), despite: despite.clone() };
                replacement::approve(tx, &ctx, &image, &approval, by).await?;
            }
            Decision::Return => replacement::send_back(tx, &ctx, &image, &reason, &readings, by).await?,
            Decision::Rename => {
                let number = replacement::name_differs(tx, &ctx, &image, &readings, by).await?;
                return Ok(Some(number));
            }
            Decision::Compare => {}
        }
        Ok(None)
    };
    match desk.state().db.write::<_, ReviewError, _>(write).await {
        Ok(opened) => {
            desk.state().wake.notify_waiters();
            let to = opened.map_or("/staff/images".to_owned(), |number| format!("/staff/tickets/{number}"));
            Ok(Redirect::to(&to).into_response())
        }
        Err(ReviewError::Db(error)) => Err(PageError::from(error).keeping(Kept::of(&desk.ctx, form))),
        Err(refusal) => {
            let status = match refusal {
                ReviewError::Decided => StatusCode::CONFLICT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let why = why(&desk, &refusal);
            show_open(&desk, &public_id, status, typed, Some(why)).await
        }
    }
}

fn why(desk: &Desk, refusal: &ReviewError) -> String {
    let why = match refusal {
        ReviewError::Decided => desk.t(
            "ほかの方がすでに判断しました。今の状態を確かめてください。",
            "Somebody else has decided. Look at where it stands now.",
        ),
        ReviewError::NotLinked => desk.t(
            "受付が登録情報に紐付いていません。受付のページで本人照合をしてから、もう一度判断してください。",
            "The inquiry is linked to no registration. Match it on its page first, then decide.",
        ),
        ReviewError::NoReason => desk.t(
            "差し戻す理由を書いてください。そのまま本人へのメールになります。",
            "Write why it is returned; it becomes the mail to the person.",
        ),
        ReviewError::NotRead => desk.t(
            "氏名・医籍登録番号・生年月日・登録年月日を画像から読み取って入力し、「すべて読める」に印を付けてから承認してください。",
            "Type name, number, birthdate and date of registration as they stand on the image and tick “all legible”, then approve.",
        ),
        ReviewError::ProvisionalNotRead => desk.t(
            "仮の画像でも、氏名と医籍登録番号を画像から読み取って入力し、「すべて読める」に印を付けてから承認してください。",
            "A provisional image too needs name and number as they stand on it and the tick “all legible”; then approve.",
        ),
        ReviewError::NoDay => desk.t(
            "登録年月日を、画像のとおり「令和4年4月12日」や「2022-04-12」のように入力してください。今日より後の日は使えません。",
            "Type the date of registration as it stands on the image, like 2022-04-12 or 令和4年4月12日; it cannot be in the future.",
        ),
        ReviewError::Differs => desk.t(
            "登録と違う項目(≠)があります。読み取りを確かめてください。違うまま承認するときは、下の「違うまま承認する」に印を付け、理由を書いてから、もう一度承認してください。",
            "Something differs from what is on file (≠). Check what was read. To approve it all the same, tick “approve although it differs” below, write why, and approve again.",
        ),
        ReviewError::NoOtherName => desk.t(
            "画像の氏名が空か、登録の氏名と同じです。画像にある氏名を入力してから、もう一度選んでください。",
            "The name read from the image is empty or the one on file. Type the name as it stands on the image, then choose this again.",
        ),
        ReviewError::Act(error) => {
            tracing::warn!(%error, "an image could not be returned");
            desk.t(
                "本人へのメールを用意できないため、判断を記録していません。受付のページで宛先を確かめてください。",
                "The mail to the person could not be prepared, so nothing was recorded. Check the address on the inquiry's page.",
            )
        }
        ReviewError::Db(_) => desk.t("データベースに接続できません。", "The database is away."),
    };
    why.to_owned()
}

async fn account_of(tx: &mut Tx, image: &Image, ticket: Option<&Ticket>) -> Result<Option<Account>, DbError> {
    match image.account_id.or(ticket.and_then(|ticket| ticket.account_id)) {
        Some(id) => accounts::find_account(tx, AccountId(id)).await,
        None => Ok(None),
    }
}

async fn show(
    desk: &Desk,
    public_id: &str,
    status: StatusCode,
    typed: Typed,
    is_open: bool,
    error: Option<String>,
) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let (image, ticket) = find(&mut tx, desk, public_id).await?;
    let account = account_of(&mut tx, &image, ticket.as_ref()).await?;
    let old = match &account {
        Some(account) => store::current_of(&mut tx, account.id.0).await?.filter(|old| old.id != image.id),
        None => None,
    };
    let readings = typed.readings.unwrap_or_else(|| image.readings.0.clone());
    let mut at = At::load(&mut tx, desk, desk.t("画像の確認", "Review of an image"), Nav::Images).await?;
    at.is_error = error.is_some();
    let page = ReviewPage {
        same: store::same_elsewhere(&mut tx, &image, account.as_ref().map(|account| account.id.0)).await?,
        compared: account.as_ref().map_or([Compared::NotOnFile; 3], |account| replacement::compare(&readings, account)),
        reason: typed.reason,
        despite: typed.despite,
        is_confirmed: typed.is_confirmed,
        is_open,
        at,
        image,
        ticket,
        account,
        old,
        readings,
        error,
    };
    desk.ctx.page(status, &page)
}
