//! The one-time link for sending an image (`/upload/{token}`): bound to a ticket and a purpose, good for some days, used
//! up by the image that comes by it, revocable. The token is derived; the database holds no part that opens anything.

use chrono::{DateTime, Duration, Utc};

use super::{ImageKind, store};
use crate::desk::Context;
use crate::desk::audit::StaffId;
use crate::id_type;
use crate::platform::crypto::{Keys, Purpose};
use crate::platform::db::{DbError, Tx};

id_type! {
    /// A link.
    LinkId
}

/// Characters of the random part and of the MAC.
const PART: usize = 26;

/// A link, without its token.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0009_images.sql")]
pub struct UploadLink {
    pub id: LinkId,
    pub link_key: String,
    pub ticket_id: i64,
    pub purpose: ImageKind,
    pub sent_to: String,
    pub made_by: Option<i64>,
    pub made_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// An image came by it.
    Used,
    /// Staff took it back, or made another.
    Revoked,
    /// Its days are over.
    Expired,
}

impl UploadLink {
    /// Why it opens nothing any more, if so.
    pub fn ended(&self, now: DateTime<Utc>) -> Option<Ended> {
        if self.used_at.is_some() {
            Some(Ended::Used)
        } else if self.revoked_at.is_some() {
            Some(Ended::Revoked)
        } else {
            (now >= self.expires_at).then_some(Ended::Expired)
        }
    }

    /// The token.
    pub fn token(&self, keys: &Keys) -> String {
        format!("{}{}", self.link_key, mac(keys, &self.link_key))
    }

    /// The address to open, in the language of the path prefix.
    pub fn url(&self, ctx: &Context, prefix: &str) -> String {
        format!("{}{prefix}/upload/{}", ctx.settings.server.base_url, self.token(&ctx.keys))
    }
}

fn mac(keys: &Keys, link_key: &str) -> String {
    keys.tag(Purpose::UploadLink, &[link_key.as_bytes()])
}

/// The random part of a token of ours; `None` for anything else, without asking the database.
pub fn read<'t>(keys: &Keys, token: &'t str) -> Option<&'t str> {
    let (link_key, given) = token.split_at_checked(PART)?;
    let is_ours = keys.verify_tag(Purpose::UploadLink, &[link_key.as_bytes()], given);
    is_ours.then_some(link_key)
}

/// Makes a link; earlier ones of the ticket are revoked. `sent_to` is the address it is mailed to, or empty.
///
/// # Errors
/// When the database refuses.
pub async fn make(
    tx: &mut Tx,
    ctx: &Context,
    ticket_id: i64,
    purpose: ImageKind,
    sent_to: &str,
    by: Option<StaffId>,
) -> Result<UploadLink, DbError> {
    let now = ctx.now();
    store::revoke_links(tx, ticket_id, now).await?;
    let link = UploadLink {
        id: LinkId(0),
        link_key: ctx.random.token(),
        ticket_id,
        purpose,
        sent_to: sent_to.to_owned(),
        made_by: by.map(|id| id.0),
        made_at: now,
        expires_at: now + Duration::days(i64::from(ctx.settings.images.link_days)),
        used_at: None,
        revoked_at: None,
    };
    let id = store::insert_link(tx, &link).await?;
    Ok(UploadLink { id, ..link })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_003_only_our_own_whole_token_is_read() {
        let keys = Keys::new([8; 32]);
        let link_key = "abcdefghijklmnopqrstuvwxyz";
        let token = format!("{link_key}{}", mac(&keys, link_key));
        assert_eq!(read(&keys, &token), Some(link_key));
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'a' { b'b' } else { b'a' };
            assert_eq!(read(&keys, &String::from_utf8(changed).unwrap()), None, "at {place}");
            assert_eq!(read(&keys, &token[..place]), None);
        }
        assert_eq!(read(&keys, &format!("{token}a")), None);
        assert_eq!(read(&keys, "あいうえおかきくけこ"), None);
        assert_eq!(read(&Keys::new([9; 32]), &token), None);
    }
}
