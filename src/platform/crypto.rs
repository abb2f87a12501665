//! Keys, MACs, tokens and password hashes. Every secret that must be shown twice is derived from the master key
//! (design rule 14), so nothing that opens a ticket lies in the database.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use hmac::{Hmac, Mac};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Randomness, passed in: the operating system's in production, a seed in tests and in `demo`.
#[derive(Clone)]
pub struct Random(Arc<Mutex<StdRng>>);

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}

impl Random {
    /// A generator seeded by the operating system.
    pub fn from_os() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// A generator that repeats itself: the same seed, the same bytes.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut out);
        out
    }

    /// A number in `0..below` (0 when `below` is 0); the bias of the remainder is below 2⁻³² for any `below` in use.
    pub fn below(&self, below: u64) -> u64 {
        u64::from_le_bytes(self.bytes::<8>()).checked_rem(below).unwrap_or(0)
    }

    /// 128 fresh bits in lower-case base32: names of blobs, form keys, session ids.
    pub fn token(&self) -> String {
        base32(&self.bytes::<16>())
    }
}

/// The master key and what is derived from it. Never printed.
#[derive(Clone)]
pub struct Keys(Arc<[u8; 32]>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// What a MAC is about. Each purpose has its own key, so a token of one kind is never valid as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The hidden `csrf_token` of a form.
    Csrf,
    /// The hidden `form_key` of a public form.
    FormKey,
    /// The passcode beside a ticket number.
    Passcode,
    /// The link `/t/{token}`.
    PageLink,
    /// The reply address `desk+{token}@…` and our own Message-IDs.
    Reply,
    /// The tag of a mail address inside a token.
    Address,
    /// The cookie of a requester who has opened a ticket.
    RequesterCookie,
    /// A staff sign-in link and the session cookie.
    Staff,
    /// What the keys of sealed files are wrapped by.
    BlobKeys,
    /// The one-time link `/upload/{token}`.
    UploadLink,
    /// The chain over the audit.
    Audit,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Csrf => b"csrf",
            Self::FormKey => b"form-key",
            Self::Passcode => b"passcode",
            Self::PageLink => b"page-link",
            Self::Reply => b"reply",
            Self::Address => b"address",
            Self::RequesterCookie => b"requester-cookie",
            Self::Staff => b"staff",
            Self::BlobKeys => b"blob-keys",
            Self::UploadLink => b"upload-link",
            Self::Audit => b"audit",
        }
    }
}

impl Keys {
    /// Keys from 32 bytes of master key.
    pub fn new(master: [u8; 32]) -> Self {
        Self(Arc::new(master))
    }

    /// HMAC-SHA256 over the parts, under the key of the purpose. Each part is preceded by its length, so parts
    /// cannot run into one another.
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let key = hmac(&*self.0, &[purpose.label()]);
        let mut framed: Vec<u8> = Vec::with_capacity(64);
        for part in parts {
            framed.extend_from_slice(&(part.len() as u64).to_le_bytes());
            framed.extend_from_slice(part);
        }
        hmac(&key, &[&framed])
    }

    /// The first 128 bits of [`Keys::mac`] in base32 (26 characters).
    pub fn tag(&self, purpose: Purpose, parts: &[&[u8]]) -> String {
        base32(&self.mac(purpose, parts)[..16])
    }

    /// Whether `given` is exactly the tag over the parts; compares in constant time.
    pub fn verify_tag(&self, purpose: Purpose, parts: &[&[u8]], given: &str) -> bool {
        same(self.tag(purpose, parts).as_bytes(), given.as_bytes())
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot fail; an empty MAC would verify nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Equality in constant time (the length may show).
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// SHA-256 in lower-case hexadecimal: blob hashes, hashes of tokens at rest.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Lower-case base32 (RFC 4648 alphabet, no padding): survives mail addresses, URLs and reading aloud.
pub fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(BASE32[((buffer >> bits) & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(BASE32[((buffer << (5 - bits)) & 31) as usize]));
    }
    out
}

/// Hashes a password with argon2id (19 MiB, 2 passes: OWASP's first choice) into a PHC string. Takes about 30 ms
/// of one core: call it from `spawn_blocking`.
///
/// # Errors
/// When argon2 refuses the input, which it does for passwords over 4 GiB only.
pub fn hash_password(password: &str, random: &Random) -> Result<String, PasswordError> {
    let salt = SaltString::encode_b64(&random.bytes::<16>()).map_err(|_| PasswordError)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(|_| PasswordError)?;
    Ok(hash.to_string())
}

/// Whether the password belongs to the PHC string. `None` stands for an account that does not exist: the same work
/// is done, so that time tells nothing (SEC-071).
pub fn verify_password(password: &str, phc: Option<&str>) -> bool {
    // The hash of a random value nobody knows.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$UdSoYEO1iTS9GYtDX6x2vWYyAWGHDu0XgEjNVsNkmJo";
    let Ok(parsed) = PasswordHash::new(phc.unwrap_or(NOBODY)) else { return false };
    let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    right && phc.is_some()
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct PasswordError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_agrees_with_rfc_4648() {
        assert_eq!(base32(b""), "");
        assert_eq!(base32(b"f"), "my");
        assert_eq!(base32(b"fooba"), "mzxw6ytb");
        assert_eq!(base32(b"foobar"), "mzxw6ytboi");
    }

    #[test]
    fn a_tag_of_one_purpose_is_not_valid_for_another() {
        let keys = Keys::new([7; 32]);
        let tag = keys.tag(Purpose::Reply, &[b"a"]);
        assert!(keys.verify_tag(Purpose::Reply, &[b"a"], &tag));
        assert!(!keys.verify_tag(Purpose::PageLink, &[b"a"], &tag));
    }

    #[test]
    fn parts_of_a_mac_do_not_run_into_one_another() {
        let keys = Keys::new([7; 32]);
        assert_ne!(keys.mac(Purpose::Csrf, &[b"ab", b"c"]), keys.mac(Purpose::Csrf, &[b"a", b"bc"]));
    }

    #[test]
    fn a_password_verifies_only_against_its_own_hash() {
        let hash = hash_password("正しいパスワード", &Random::seeded(1)).unwrap();
        assert!(verify_password("正しいパスワード", Some(&hash)));
        assert!(!verify_password("違う", Some(&hash)));
        assert!(!verify_password("正しいパスワード", None));
    }
}
