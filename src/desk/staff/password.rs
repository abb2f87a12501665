//! Passwords: what one must be, and hashing off the async threads with a bound on how many at a time (SEC-073).

use tokio::sync::Semaphore;

use crate::desk::Lang;
use crate::platform::crypto::{self, Random};

/// Fewest and most characters. No rule of composition (NIST SP 800-63B §3.1.1.2).
const SHORTEST: usize = 12;
const LONGEST: usize = 1_000;
/// Hashes computed at a time, for the whole process: each takes 19 MiB and a core.
static HASHERS: Semaphore = Semaphore::const_new(2);
/// What people take when they are told to take something: lower case, as a part of the password.
const OBVIOUS: &[&str] =
    &["password", "passw0rd", "qwerty", "asdfgh", "letmein", "madoguchi", "まどぐち", "パスワード", "窓口"];

/// A rule a password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Under 12 characters.
    #[error("it needs at least 12 characters")]
    TooShort,
    /// Over 1,000 characters.
    #[error("it may have at most 1,000 characters")]
    TooLong,
    /// The mail address or the name.
    #[error("it is too close to the mail address or the name")]
    Personal,
    /// A row of keys, a repeated sign, a word everyone takes.
    #[error("it is one that others would guess first")]
    Obvious,
    /// The two boxes differ.
    #[error("the two differ")]
    Differs,
    /// It is the one in use.
    #[error("it is the one in use")]
    Same,
    /// Argon2 refused.
    #[error("it could not be hashed")]
    NotHashed,
}

impl Fault {
    /// The sentence a person reads.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::TooShort => lang.t(
                "パスワードは12文字以上にしてください。短い言葉をいくつか並べると覚えやすくなります。",
                "Use at least 12 characters. Several short words in a row are easy to remember.",
            ),
            Self::Same => lang.t(
                "いまのパスワードと同じです。別のものにしてください。",
                "This is the password you have now. Choose another.",
            ),
            Self::TooLong => lang.t("パスワードは1,000文字以内にしてください。", "Use at most 1,000 characters."),
            Self::Personal => lang.t(
                "メールアドレスや名前に近いパスワードは使えません。別のものにしてください。",
                "This is too close to the mail address or the name. Choose another.",
            ),
            Self::Obvious => lang.t(
                "推測されやすいパスワードです。別のものにしてください。",
                "This is one that others would guess first. Choose another.",
            ),
            Self::Differs => lang.t(
                "2回の入力が違います。もう一度入力してください。",
                "The two entries differ. Enter the password again.",
            ),
            Self::NotHashed => lang.t(
                "このパスワードは保存できません。別のものにしてください。",
                "This password cannot be stored. Choose another.",
            ),
        }
    }
}

/// Checks a new password against the rules. It is compared in its NFKC form, so that the width a Japanese input
/// method happened to use does not matter later either.
///
/// # Errors
/// The first rule it breaks.
pub fn check(password: &str, email: &str, name: &str) -> Result<(), Fault> {
    let folded = normal(password);
    let count = folded.chars().count();
    if count < SHORTEST {
        return Err(Fault::TooShort);
    }
    if count > LONGEST {
        return Err(Fault::TooLong);
    }
    let lower = folded.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    // What is left when the personal part is taken out must still be a secret of some length.
    let without = |part: &str| lower.replace(&part.to_lowercase(), "").chars().count();
    let is_personal = [email, local, name]
        .iter()
        .any(|part| part.chars().count() >= 3 && lower.contains(&part.to_lowercase()) && without(part) < 8);
    if is_personal {
        return Err(Fault::Personal);
    }
    let has_word = OBVIOUS.iter().any(|word| lower.contains(word) && without(word) < 8);
    if has_word || is_row(&lower) || distinct(&lower) < 5 {
        return Err(Fault::Obvious);
    }
    Ok(())
}

/// Whether nearly every sign follows from the one before it: `123456…`, `abcdef…`, `aaaa…`.
fn is_row(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).filter(|pair| (pair[1] - pair[0]).abs() <= 1).count();
    steps * 4 >= codes.len().saturating_sub(1) * 3
}

fn distinct(text: &str) -> usize {
    text.chars().collect::<std::collections::BTreeSet<_>>().len()
}

fn normal(password: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    password.nfkc().collect()
}

/// Hashes a checked password on a blocking thread.
///
/// # Errors
/// [`Fault::NotHashed`] when argon2 refuses.
pub async fn hash(password: &str, random: &Random) -> Result<String, Fault> {
    let (password, random) = (normal(password), random.clone());
    let _permit = HASHERS.acquire().await.map_err(|_| Fault::NotHashed)?;
    let hashed = tokio::task::spawn_blocking(move || crypto::hash_password(&password, &random)).await;
    hashed.map_err(|_| Fault::NotHashed)?.map_err(|_| Fault::NotHashed)
}

/// Whether the password belongs to the hash. Without a hash the same work is done, so that time tells nothing
/// (SEC-071). A longer one than any that can be set is not hashed: its length tells nothing about a person.
pub async fn verify(password: &str, hash: Option<String>) -> bool {
    let password = normal(password);
    if password.chars().count() > LONGEST {
        return false;
    }
    let Ok(_permit) = HASHERS.acquire().await else { return false };
    tokio::task::spawn_blocking(move || crypto::verify_password(&password, hash.as_deref())).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<Fault> {
        check(password, "sato@desk.example.jp", "佐藤 由美").err()
    }

    #[test]
    fn twelve_characters_of_any_kind_are_enough() {
        for good in ["correct horse", "あさひが のぼる まどの外", "kumo-ame-kaze", "0829 4471 6630 x"] {
            assert_eq!(fault(good), None, "{good}");
        }
        assert_eq!(fault("kumo-ame-ka"), Some(Fault::TooShort));
        assert_eq!(fault(&"長い".repeat(501)), Some(Fault::TooLong));
    }

    #[test]
    fn the_own_address_and_name_are_refused() {
        for bad in ["sato@desk.example.jp", "SATO@desk.example.jp1", "佐藤 由美佐藤 由美12"] {
            assert_eq!(fault(bad), Some(Fault::Personal), "{bad}");
        }
    }

    #[test]
    fn what_everyone_guesses_first_is_refused() {
        for bad in [
            "123456789012",
            "abcdefghijklm",
            "aaaaaaaaaaaa",
            "password1234",
            "ＰＡＳＳＷＯＲＤ１２３４",
            "madoguchi2026",
            "abababababab",
        ] {
            assert_eq!(fault(bad), Some(Fault::Obvious), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_password_typed_in_full_width_is_the_same_password() {
        let stored = hash("kumo-ame-kaze", &Random::seeded(1)).await.unwrap();
        assert!(verify("ｋｕｍｏ－ａｍｅ－ｋａｚｅ", Some(stored.clone())).await);
        assert!(!verify("kumo-ame-kazf", Some(stored)).await);
        assert!(!verify("kumo-ame-kaze", None).await);
    }
}
