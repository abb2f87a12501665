//! Invented tickets: they come in over the last thirty days, and are worked on as tickets are.

use chrono::{DateTime, Duration, Utc};

use super::letters::Letter;
use super::{DemoError, Letterbox, replies, store, texts};
use crate::desk::account::AccountRecord;
use crate::desk::inquiry::{self, InquiryKind, Terms};
use crate::desk::staff::StaffId;
use crate::desk::ticket::actions::{self, ActError, Addition, Reply};
use crate::desk::ticket::intake::{self, Inquiry, Intake};
use crate::desk::ticket::{Actor, Channel, Status, TicketId, TicketNumber, link, store as tickets};
use crate::desk::{Context, Lang};
use crate::platform::db::{Db, DbError, Tx};

/// Tickets in one transaction.
const BATCH: usize = 100;
/// How long after its arrival a ticket is matched.
const MATCHED_AFTER: Duration = Duration::seconds(4);

/// What a walk over the last month needs.
pub(super) struct Walk<'a, L> {
    pub(super) db: &'a Db,
    /// With its own clock, which walks from thirty days ago to now.
    pub(super) ctx: &'a Context,
    pub(super) staff: &'a [StaffId],
    pub(super) accounts: &'a [AccountRecord],
    pub(super) letters: &'a L,
    pub(super) now: DateTime<Utc>,
}

impl<L: Letterbox> Walk<'_, L> {
    /// Writes the tickets, oldest first.
    pub(super) async fn write(&self, count: u32) -> Result<(), DemoError> {
        let start = self.ctx.now();
        let span = (self.now - start).num_seconds();
        let mut batch = Vec::new();
        for n in 0..count {
            let at = start + Duration::seconds(span * i64::from(n) / i64::from(count.max(1)));
            let invented = Invented::new(n, self.ctx, self.accounts, at);
            if invented.channel == Channel::Mail {
                // A mail is taken in by the inbox, in its turn.
                self.write_batch(std::mem::take(&mut batch)).await?;
                self.take_in(&invented).await?;
            } else {
                batch.push(invented);
            }
            if batch.len() >= BATCH {
                self.write_batch(std::mem::take(&mut batch)).await?;
            }
        }
        self.write_batch(batch).await
    }

    async fn write_batch(&self, batch: Vec<Invented>) -> Result<(), DemoError> {
        if batch.is_empty() {
            return Ok(());
        }
        let (ctx, staff, now) = (self.ctx.clone(), self.staff.to_vec(), self.now);
        let write = async move |tx: &mut Tx| {
            for invented in &batch {
                ctx.clock.set(invented.at);
                let ticket = intake::receive(tx, &ctx, &invented.intake()).await?.id;
                settle(tx, &ctx, &staff, invented, ticket, now).await?;
            }
            store::count_as_sent(tx).await?;
            Ok::<(), ActError>(())
        };
        Ok(self.db.write(write).await?)
    }

    async fn take_in(&self, invented: &Invented) -> Result<(), DemoError> {
        self.ctx.clock.set(invented.at);
        let letter = Letter {
            name: &invented.name,
            from: &invented.email,
            to: &self.ctx.settings.mail.address,
            subject: texts::inquiry(invented.kind).0,
            body: &invented.words(),
            id: format!("demo-{}", invented.n),
            at: invented.at,
            has_picture: invented.kind == InquiryKind::Trouble || invented.n % 4 == 1,
        };
        let number = self.letters.take(self.ctx, letter.bytes()).await?;
        let Some(number) = number.and_then(|number| TicketNumber::parse(&number)) else {
            // Nobody reads mail here (a rehearsal): it came by the form then.
            let form = Invented { channel: Channel::Web, ..invented.clone() };
            return self.write_batch(vec![form]).await;
        };
        let (ctx, staff, now, invented) = (self.ctx.clone(), self.staff.to_vec(), self.now, invented.clone());
        let write = async move |tx: &mut Tx| {
            let Some(ticket) = tickets::find_by_number(tx, &number).await? else { return Ok(()) };
            settle(tx, &ctx, &staff, &invented, ticket.id, now).await?;
            store::count_as_sent(tx).await?;
            Ok::<(), ActError>(())
        };
        Ok(self.db.write(write).await?)
    }
}

/// An inquiry before it is sent.
#[derive(Clone)]
struct Invented {
    n: u32,
    kind: InquiryKind,
    channel: Channel,
    at: DateTime<Utc>,
    name: String,
    kana: String,
    email: String,
    number: Option<i64>,
    born_on: Option<chrono::NaiveDate>,
}

impl Invented {
    fn new(n: u32, ctx: &Context, accounts: &[AccountRecord], at: DateTime<Utc>) -> Self {
        let kinds = InquiryKind::ALL;
        let kind = kinds[ctx.random.below(kinds.len() as u64) as usize];
        let pick = || accounts.get(ctx.random.below(accounts.len().max(1) as u64) as usize);
        let (who, another) = (pick(), pick());
        let channel = match n % 10 {
            3 => Channel::Mail,
            9 => Channel::Phone,
            _ => Channel::Web,
        };
        let mut invented = Self {
            n,
            kind,
            channel,
            at,
            name: who.map(AccountRecord::full_name).unwrap_or_default(),
            kana: who.map(AccountRecord::full_kana).unwrap_or_default(),
            email: who.map_or_else(|| format!("private{n}@example.com"), |account| account.email.clone()),
            number: who.map(|account| account.registration_number.value()),
            born_on: who.map(|account| account.birthdate.date()),
        };
        // One in eight writes from an address the online system does not know.
        if n % 8 == 5 {
            invented.email = format!("private{n}@example.com");
        }
        match n % 40 {
            // A digit mistyped, and no other sign than the birthdate.
            7 | 19 => {
                invented.number = invented.number.map(|number| number + 1);
                invented.email = format!("private{n}@example.com");
            }
            // Somebody who is not in the mirror.
            4 | 28 => {
                invented.name = "槙野 渚".to_owned();
                invented.kana = "マキノ ナギサ".to_owned();
                invented.email = format!("nagisa{n}@example.com");
                invented.number = Some(498_000 + i64::from(n));
                invented.born_on = chrono::NaiveDate::from_ymd_opt(1979, 1, 1 + n % 28);
            }
            // The number of one, name and birthdate of another.
            12 => invented.number = another.map(|account| account.registration_number.value()),
            // No number at hand, and a new address: the name and the birthdate only, or the name alone.
            16 | 31 | 38 => {
                invented.number = None;
                invented.born_on = invented.born_on.filter(|_| n % 40 == 16);
                invented.email = format!("private{n}@example.com");
            }
            // The number alone, from an address nobody knows.
            35 => {
                invented.born_on = None;
                invented.email = format!("private{n}@example.com");
            }
            _ => {}
        }
        invented
    }

    /// What a mail says: the text, and who one is.
    fn words(&self) -> String {
        let number = self.number.map(|n| format!("\r\n医籍登録番号：第{n}号")).unwrap_or_default();
        let born = self.born_on.map(|d| d.format("\r\n生年月日：%Y年%-m月%-d日").to_string()).unwrap_or_default();
        format!("{}\r\n{number}{born}", texts::inquiry(self.kind).1)
    }

    fn intake(&self) -> Intake {
        let (subject, body) = texts::inquiry(self.kind);
        let fields = match self.channel {
            Channel::Web => texts::fields(self.kind).iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            _ => Default::default(),
        };
        Intake {
            inquiry: Inquiry {
                kind: self.kind,
                lang: if self.n % 40 == 21 { Lang::En } else { Lang::Ja },
                subject: subject.into(),
                body: body.into(),
                name: self.name.clone(),
                kana: self.kana.clone(),
                email_key: self.email.clone(),
                email: self.email.clone(),
                phone: String::new(),
                registration_number: self.number,
                registration_number_raw: self.number.map(|n| format!("第{n}号")).unwrap_or_default(),
                born_on: self.born_on,
                birthdate_raw: self.born_on.map(|d| d.format("seireki %Y %m %d").to_string()).unwrap_or_default(),
                fields,
            },
            terms: None,
            channel: self.channel,
            form_key: format!("demo:{}", self.n),
            received_at: self.at,
            spam_score: 0,
            files: Vec::new(),
            raw_mail_id: None,
            full_body: None,
            html: None,
            may_belong_to: None,
            acknowledge: self.channel != Channel::Phone,
            actor: Actor::Requester,
        }
    }
}

/// A new ticket is matched, as the desk does at once, and then worked on.
async fn settle(
    tx: &mut Tx,
    ctx: &Context,
    staff: &[StaffId],
    invented: &Invented,
    id: TicketId,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    link::match_one(tx, id, (ctx.now() + MATCHED_AFTER).min(now)).await?;
    work_on(tx, ctx, staff, invented, id, now).await
}

/// What has become of a ticket: old ones are mostly done, new ones wait.
async fn work_on(
    tx: &mut Tx,
    ctx: &Context,
    staff: &[StaffId],
    invented: &Invented,
    id: TicketId,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let (Some(&agent), Some(&other)) = (staff.get(invented.n as usize % 2), staff.get(1)) else { return Ok(()) };
    let (n, kind, came) = (invented.n, invented.kind, ctx.now());
    let age = now - came;
    let later = |hours: i64| (came + Duration::hours(hours)).min(now);
    if n % 61 == 17 {
        return actions::set_spam(tx, id, agent, true, later(1)).await;
    }
    if age < Duration::days(1) && !n.is_multiple_of(3) {
        return Ok(());
    }
    if invented.channel == Channel::Mail {
        // A mail names no kind: whoever takes it on says what it is about.
        let terms = Terms::of(inquiry::ours(), kind, &Default::default());
        actions::set_kind(tx, id, agent, (kind, terms), later(1)).await?;
    }
    actions::assign(tx, id, agent, Some(agent), later(1)).await?;
    if n % 5 == 2 {
        ctx.clock.set(later(2));
        actions::note(tx, id, other, replies::note(kind), ctx.now()).await?;
    }
    let then = match (age > Duration::days(10), n % 6) {
        (true, 0..=3) => Status::Closed,
        (true, 4) | (false, 0) => Status::Resolved,
        (_, 1) => Status::WaitingOnThirdParty,
        (_, 2) => Status::WaitingOnRequester,
        _ => Status::Open,
    };
    if then == Status::Open {
        return actions::set_status(tx, id, agent, then, later(2)).await;
    }
    let body = match then {
        Status::WaitingOnRequester => replies::question(kind),
        Status::WaitingOnThirdParty => replies::elsewhere(kind),
        _ => replies::answer(kind),
    };
    let seen_seq = tickets::get(tx, id).await?.last_seq;
    let first = if then == Status::Closed { Status::Resolved } else { then };
    ctx.clock.set(later(3));
    let reply = Reply { body: body.to_owned(), seen_seq, then: first, to_on_file: None };
    actions::reply(tx, ctx, id, agent, &reply).await?;
    if n % 7 == 3 && then == Status::WaitingOnRequester {
        let addition = Addition { body: replies::addition(kind).into(), ..Addition::default() };
        actions::append_from_requester(tx, id, Channel::Web, &addition, later(8)).await?;
    }
    if then == Status::Closed {
        actions::set_status(tx, id, agent, Status::Closed, later(30)).await?;
    }
    Ok(())
}

impl From<ActError> for DemoError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Db(error) => Self::Db(error),
            other => Self::Act(other),
        }
    }
}

/// A mail that somebody answers, and one that comes back.
pub(super) async fn answer_by_mail<L: Letterbox>(
    db: &Db,
    ctx: &Context,
    letters: &L,
    now: DateTime<Utc>,
) -> Result<(), DemoError> {
    let sent = store::latest_replies(&mut db.read().await?, 6).await?;
    let desk = ctx.settings.mail.address.clone();
    for (turn, mail) in sent.into_iter().enumerate() {
        let at = (mail.created_at + Duration::hours(5)).min(now);
        ctx.clock.set(at);
        if turn == 5 {
            letters.take(ctx, super::letters::bounce(&desk, &mail.to_address, &mail.mail_id, at)).await?;
        } else if turn % 2 == 1 {
            // The second of them answers from another address than the one that was written to.
            let from = if turn == 3 { "clinic@example.com" } else { mail.to_address.as_str() };
            let to = ctx.settings.mail.reply_address.replace("{token}", &mail.reply_token);
            let letter = Letter {
                name: &mail.requester_name,
                from,
                to: &to,
                subject: &format!("Re: {}", mail.subject),
                body: "ご返信ありがとうございます。承知しました。確認して、あらためてご連絡します。",
                id: format!("demo-answer-{turn}"),
                at,
                has_picture: false,
            };
            letters.take(ctx, letter.bytes()).await?;
        }
    }
    let undone = async move |tx: &mut Tx| store::count_as_sent(tx).await;
    Ok(db.write::<_, DbError, _>(undone).await?)
}
