//! Sealing of files at rest: AES-256-GCM with a key of its own for each file, and that key wrapped by one derived from
//! the master key (design rule 11). Who forgets the wrapped key has erased the file, wherever copies of it lie.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::crypto::{Keys, Purpose, Random};

/// How a sealed file begins: what it is, and by which recipe.
const MARK: &[u8; 8] = b"MDGSEAL1";
/// What is sealed is a file, not a key, and the other way round.
const FILE: &[u8] = b"madoguchi sealed file";
const KEY_BYTES: usize = 32;

/// The key of one file. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey([u8; KEY_BYTES]);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// Bytes could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// They are not what was sealed: changed, cut off, or never sealed.
    #[error("the sealed bytes are damaged")]
    Damaged,
    /// The wrapped key does not open under this master key.
    #[error("the key of the file does not open under secrets.master_key")]
    Key,
}

/// Seals the bytes under a fresh key.
///
/// # Errors
/// Never in practice: the cipher takes up to 64 GiB.
pub fn seal(random: &Random, mut plain: Vec<u8>) -> Result<(Vec<u8>, DataKey), SealError> {
    let key = DataKey(random.bytes());
    let nonce: [u8; NONCE_LEN] = random.bytes();
    cipher(&key.0)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(FILE), &mut plain)
        .map_err(|_| SealError::Damaged)?;
    let mut sealed = Vec::with_capacity(MARK.len() + NONCE_LEN + plain.len());
    sealed.extend_from_slice(MARK);
    sealed.extend_from_slice(&nonce);
    sealed.append(&mut plain);
    Ok((sealed, key))
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// When a single bit is not as it was.
pub fn open(key: &DataKey, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let rest = sealed.strip_prefix(MARK).ok_or(SealError::Damaged)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Damaged)?;
    opened(&key.0, nonce, FILE, sealed).ok_or(SealError::Damaged)
}

/// Wraps the key of the file of this name, for the database.
///
/// # Errors
/// Never in practice.
pub fn wrap(keys: &Keys, random: &Random, blob: &str, key: &DataKey) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_LEN] = random.bytes();
    let mut bytes = key.0.to_vec();
    cipher(&wrapping(keys))?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(blob.as_bytes()), &mut bytes)
        .map_err(|_| SealError::Key)?;
    Ok([&nonce[..], &bytes].concat())
}

/// Unwraps the key of the file of this name.
///
/// # Errors
/// When it was wrapped under another master key, for another file, or is damaged.
pub fn unwrap(keys: &Keys, blob: &str, wrapped: &[u8]) -> Result<DataKey, SealError> {
    let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(SealError::Key)?;
    let bytes = opened(&wrapping(keys), nonce, blob.as_bytes(), sealed).ok_or(SealError::Key)?;
    Ok(DataKey(bytes.try_into().map_err(|_| SealError::Key)?))
}

fn wrapping(keys: &Keys) -> [u8; KEY_BYTES] {
    keys.mac(Purpose::BlobKeys, &[b"1"])
}

fn cipher(key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, SealError> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealError::Key)?))
}

fn opened(key: &[u8; KEY_BYTES], nonce: &[u8], about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut bytes = sealed.to_vec();
    let length = cipher(key).ok()?.open_in_place(nonce, Aad::from(about), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_own_key_and_not_with_a_bit_changed() {
        let random = Random::seeded(1);
        let (sealed, key) = seal(&random, b"a licence".to_vec()).unwrap();
        assert!(!sealed.windows(9).any(|w| w == b"a licence"));
        assert_eq!(open(&key, &sealed).unwrap(), b"a licence");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(open(&key, &changed), Err(SealError::Damaged), "at {place}");
            assert!(open(&key, &sealed[..place]).is_err(), "cut at {place}");
        }
        let (_, another) = seal(&random, b"a licence".to_vec()).unwrap();
        assert!(open(&another, &sealed).is_err());
    }

    #[test]
    fn a_wrapped_key_opens_for_its_own_file_under_its_own_master_key() {
        let (random, keys) = (Random::seeded(2), Keys::new([4; 32]));
        let (_, key) = seal(&random, Vec::new()).unwrap();
        let wrapped = wrap(&keys, &random, "file", &key).unwrap();
        assert_eq!(unwrap(&keys, "file", &wrapped), Ok(key));
        assert_eq!(unwrap(&keys, "another", &wrapped), Err(SealError::Key));
        assert_eq!(unwrap(&Keys::new([5; 32]), "file", &wrapped), Err(SealError::Key));
        assert_eq!(unwrap(&keys, "file", &wrapped[..20]), Err(SealError::Key));
    }
}
