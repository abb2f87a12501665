//! Where the copy of an earlier mail begins: "Original Message" rules and header blocks, in the languages of clients.

use super::{Line, Mark, attribution};

/// The beginning of a copy.
pub struct History {
    /// It is passed on, rather than answered.
    pub forwards: bool,
}

const ORIGINAL: &[&str] = &[
    "original message",
    "original mail",
    "original e-mail",
    "originalmessage",
    "元のメッセージ",
    "元のメール",
    "オリジナルメッセージ",
    "元メッセージ",
    "返信元メッセージ",
    "受信メッセージ",
    "ursprüngliche nachricht",
    "urspruengliche nachricht",
    "originalnachricht",
    "ursprüngliche mail",
    "message d'origine",
    "message d’origine",
    "message original",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensagem original",
    "original meddelelse",
    "oprindelig meddelelse",
    "ursprungligt meddelande",
    "originalmeddelande",
    "opprinnelig melding",
    "alkuperäinen viesti",
    "wiadomość oryginalna",
    "oryginalna wiadomość",
    "исходное сообщение",
    "原始邮件",
    "原始郵件",
    "원본 메시지",
];
const FORWARDED: &[&str] = &[
    "forwarded message",
    "forwarded by",
    "begin forwarded message",
    "forwarded mail",
    "forward message",
    "転送メッセージ",
    "転送されたメッセージ",
    "転送メール",
    "転送",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht",
    "message transféré",
    "début du message réexpédié",
    "début du message transféré",
    "mensaje reenviado",
    "inicio del mensaje reenviado",
    "messaggio inoltrato",
    "inizio messaggio inoltrato",
    "doorgestuurd bericht",
    "mensagem encaminhada",
    "vidarebefordrat meddelande",
    "转发邮件",
];

const FROM: &[&str] = &[
    "from",
    "差出人",
    "送信者",
    "送信元",
    "発信者",
    "fm",
    "von",
    "de",
    "da",
    "van",
    "från",
    "fra",
    "lähettäjä",
    "od",
    "от",
    "от кого",
    "feladó",
    "kimden",
    "expéditeur",
    "发件人",
    "寄件者",
    "보낸 사람",
];
const DATE: &[&str] = &[
    "sent",
    "date",
    "sent at",
    "送信日時",
    "送信日",
    "日時",
    "日付",
    "受信日時",
    "gesendet",
    "gesendet am",
    "datum",
    "envoyé",
    "envoyé le",
    "date d'envoi",
    "enviado",
    "enviado el",
    "enviada em",
    "enviado em",
    "enviada",
    "fecha",
    "inviato",
    "inviata",
    "data",
    "verzonden",
    "skickat",
    "sendt",
    "dato",
    "lähetetty",
    "päivämäärä",
    "wysłano",
    "odesláno",
    "отправлено",
    "дата",
    "发送时间",
    "日期",
    "发送日期",
    "寄件日期",
    "보낸 날짜",
];
const TO: &[&str] = &[
    "to",
    "宛先",
    "受信者",
    "送信先",
    "あて先",
    "an",
    "à",
    "a",
    "para",
    "per",
    "aan",
    "til",
    "till",
    "do",
    "komu",
    "кому",
    "vastaanottaja",
    "destinataire",
    "pour",
    "收件人",
    "收件者",
    "받는 사람",
];
const COPY: &[&str] = &["cc", "bcc", "kopie", "copie", "cópia", "kopia", "копия", "抄送"];
const SUBJECT: &[&str] = &[
    "subject",
    "件名",
    "題名",
    "タイトル",
    "betreff",
    "betr",
    "objet",
    "asunto",
    "oggetto",
    "assunto",
    "onderwerp",
    "ämne",
    "emne",
    "aihe",
    "temat",
    "předmět",
    "тема",
    "tárgy",
    "主题",
    "主旨",
];

#[derive(Clone, Copy, PartialEq)]
enum Header {
    From = 1,
    Date = 2,
    To = 4,
    Copy = 8,
    Subject = 16,
}

/// Whether the copy of an earlier mail begins at this line.
pub fn history_begins(lines: &[Line], at: usize) -> Option<History> {
    let line = lines.get(at)?;
    if line.mark == Mark::Cut {
        return Some(History { forwards: false });
    }
    if let Some(forwards) = separator(&line.text) {
        return Some(History { forwards });
    }
    if line.mark == Mark::RuleAbove && colons(lines, at) >= 3 {
        return Some(History { forwards: false });
    }
    header_block(lines, at).then_some(History { forwards: false })
}

/// Whether the line announces a forwarded mail.
pub fn says_forwarded(text: &str) -> bool {
    separator(text) == Some(true)
}

/// `-----Original Message-----` and its like; Some(true) for a forward.
fn separator(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.len() > 200 {
        return None;
    }
    let ruled = |c: char| matches!(c, '-' | '_' | '=' | '*' | '─' | '－' | '—' | '–' | '━' | ' ' | '~' | '>');
    let inner = text.trim_matches(ruled);
    let words = inner.trim_end_matches([':', '：']).trim().to_lowercase();
    let rules = text.chars().take_while(|c| ruled(*c)).filter(|c| *c != ' ' && *c != '>').count();
    // `-----taro@x.example wrote: -----` is Notes.
    let named = inner.contains('@') && inner.ends_with([':', '：']) && attribution::ends_like_one(inner);
    if rules >= 2 && (named || ORIGINAL.iter().any(|o| words == *o)) {
        return Some(false);
    }
    let forwarded = FORWARDED.iter().any(|f| words == *f || words.starts_with(&format!("{f} ")));
    if rules >= 2 && forwarded
        || inner.ends_with([':', '：']) && words.chars().count() > 4 && FORWARDED.iter().any(|f| words == *f)
    {
        return Some(true);
    }
    None
}

/// Three kinds of header lines close together, beginning with the sender or the date: nobody writes so by hand. Below a
/// rule two kinds are enough.
fn header_block(lines: &[Line], at: usize) -> bool {
    let Some(first) = lines.get(at).and_then(|l| header_of(l.own_text())) else { return false };
    let ruled = at.checked_sub(1).is_some_and(|before| {
        (before.saturating_sub(1)..=before).any(|b| lines.get(b).is_some_and(|l| is_rule(&l.text)))
    });
    if !(matches!(first, Header::From | Header::Date) || ruled && first != Header::Copy) {
        return false;
    }
    let mut kinds = 0;
    let mut strangers = 0;
    for line in lines.iter().skip(at).take(12) {
        match header_of(line.own_text()) {
            Some(kind) => {
                kinds |= kind as u8;
                strangers = 0;
            }
            // A blank line ends the block; long lists of recipients run over.
            None if line.is_blank() => break,
            None => strangers += 1,
        }
        if strangers > 3 {
            break;
        }
    }
    let has = |kind: Header| kinds & kind as u8 != 0;
    let enough = if ruled { 2 } else { 3 };
    has(Header::From) && (has(Header::Date) || has(Header::Subject)) && kinds.count_ones() >= enough
}

/// Which header the line shows: `From: …`, `*Sent:* …`, `差出人：…`.
fn header_of(text: &str) -> Option<Header> {
    let text = text.trim_start_matches(['*', ' ', '\u{3000}', '\t', '>', '|', '_']);
    let end = text.find([':', '：']).filter(|end| *end <= 40)?;
    let name = text.get(..end)?.trim_matches(['*', ' ', '\u{a0}', '\u{3000}', '_']).to_lowercase();
    let kinds: [(&[&str], Header); 5] = [
        (FROM, Header::From),
        (DATE, Header::Date),
        (TO, Header::To),
        (COPY, Header::Copy),
        (SUBJECT, Header::Subject),
    ];
    kinds.into_iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, kind)| kind)
}

fn colons(lines: &[Line], at: usize) -> usize {
    let has_colon = |l: &&Line| l.text.find([':', '：']).is_some_and(|end| end <= 40);
    lines.iter().skip(at).take(5).filter(has_colon).count()
}

/// A line of dashes or underscores.
fn is_rule(text: &str) -> bool {
    let text = text.trim();
    text.chars().count() >= 5 && text.chars().all(|c| matches!(c, '-' | '_' | '=' | '─' | '━' | '―' | '—'))
}

/// Where the own words end when the copy begins at `end`: rules and blank lines directly above belong to the copy.
pub fn before_rules(lines: &[Line], end: usize) -> usize {
    let mut at = end;
    if end < lines.len() {
        while let Some(before) = at.checked_sub(1)
            && lines.get(before).is_some_and(|l| l.is_blank() || is_rule(&l.text))
        {
            at = before;
        }
    }
    at
}
