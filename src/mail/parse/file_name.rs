//! Attachment names are for display only (SEC-030, SEC-040, SEC-041): no path, no control or hidden characters.

const MAX_CHARS: usize = 200;

/// The name as it may be shown, or None when nothing of it is left.
pub fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty())?;
    let kept: String = last.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    let kept = kept.trim().trim_matches('"').trim_end_matches(['.', ' ']).trim();
    let kept = kept.strip_prefix('\'').and_then(|k| k.strip_suffix('\'')).unwrap_or(kept);
    if kept.is_empty() || kept.chars().all(|c| c == '.') {
        return None;
    }
    Some(shorten(kept))
}

/// The name of a mail inside a mail: its subject, in which a slash is no path.
pub fn of_message(subject: Option<&str>) -> String {
    let subject = subject.map(|s| s.replace(['/', '\\'], "_")).and_then(|s| clean(&s));
    let subject = subject.unwrap_or_else(|| "message".to_owned());
    if subject.to_ascii_lowercase().ends_with(".eml") { subject } else { format!("{subject}.eml") }
}

/// The name of a part that came without one.
pub fn invented(mime: &str, number: usize) -> String {
    let extension = match mime {
        "application/ms-tnef" | "application/vnd.ms-tnef" => return "winmail.dat".to_owned(),
        "image/jpeg" | "image/pjpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/heic" => "heic",
        "image/tiff" => "tif",
        "application/pdf" => "pdf",
        "application/zip" | "application/x-zip-compressed" => "zip",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => return "smime.p7s".to_owned(),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => return "smime.p7m".to_owned(),
        "application/pgp-signature" => return "signature.asc".to_owned(),
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" | "application/ics" => "ics",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" | "text/directory" => "vcf",
        "text/rfc822-headers" => return "headers.txt".to_owned(),
        "message/delivery-status" => return "delivery-status.txt".to_owned(),
        "message/disposition-notification" => return "disposition-notification.txt".to_owned(),
        "message/feedback-report" => return "feedback-report.txt".to_owned(),
        _ => "bin",
    };
    format!("attachment-{number}.{extension}")
}

/// Cuts a long name and keeps its extension.
fn shorten(name: &str) -> String {
    if name.chars().count() <= MAX_CHARS {
        return name.to_owned();
    }
    let extension = name.rsplit_once('.').map(|(_, e)| e).filter(|e| e.chars().count() <= 10);
    let keep = MAX_CHARS - extension.map_or(0, |e| e.chars().count() + 1);
    let mut out: String = name.chars().take(keep).collect();
    if let Some(extension) = extension {
        out.push('.');
        out.push_str(extension);
    }
    out
}

/// Controls, zero-width characters and the bidirectional overrides that turn `exe` around.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_controls_and_overrides_are_removed_from_names_sec_030_sec_041() {
        assert_eq!(clean("../../etc/cron.d/x").as_deref(), Some("x"));
        assert_eq!(clean(r"C:\Users\taro\免許証.jpg").as_deref(), Some("免許証.jpg"));
        assert_eq!(clean("abc\u{202e}gnp.exe").as_deref(), Some("abcgnp.exe"));
        assert_eq!(clean("a\0b\r\n.txt").as_deref(), Some("ab.txt"));
        assert_eq!(clean("\u{200b}.htaccess").as_deref(), Some(".htaccess"));
        assert_eq!(clean("..").as_deref(), None);
        assert_eq!(clean("../").as_deref(), None);
    }

    #[test]
    fn a_name_of_four_kilobytes_keeps_its_extension() {
        let name = clean(&format!("{}.pdf", "あ".repeat(4096))).unwrap();
        assert!(name.ends_with(".pdf") && name.chars().count() == MAX_CHARS);
    }
}
