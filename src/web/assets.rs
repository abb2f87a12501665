//! Style sheets, scripts and pictures: embedded, and addressed by a hash of their content, so that a browser may keep
//! them for a year.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::PageError;
use crate::platform::crypto::sha256_hex;

#[derive(RustEmbed)]
#[folder = "templates/assets"]
struct Files;

struct Asset {
    /// `/assets/name.0123456789ab.ext`
    url: String,
    hash: String,
    mime: &'static str,
    bytes: Bytes,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let load = |name: String| {
        let bytes = Bytes::from(Files::get(&name)?.data.into_owned());
        let hash = sha256_hex(&bytes)[..12].to_owned();
        let (stem, extension) = name.rsplit_once('.')?;
        let url = format!("/assets/{stem}.{hash}.{extension}");
        Some((name.clone(), Asset { url, hash, mime: mime(extension), bytes }))
    };
    Files::iter().filter_map(|name| load(name.into_owned())).collect()
});

fn mime(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The address of an asset by its file name (`app.css`); empty when there is no such file, which a test would see.
pub fn url(name: &str) -> &'static str {
    ASSETS.get(name).map_or("", |asset| &asset.url)
}

/// `GET /assets/{name}`
///
/// # Errors
/// 404 when no asset has this name.
pub async fn get(Path(file): Path<String>) -> Result<Response, PageError> {
    let (rest, extension) = file.rsplit_once('.').ok_or(PageError::NotFound)?;
    let (stem, hash) = rest.rsplit_once('.').ok_or(PageError::NotFound)?;
    let asset = ASSETS.get(&format!("{stem}.{extension}")).ok_or(PageError::NotFound)?;
    // Another hash is that of another release: while several run side by side the page still gets its style.
    let caching = if asset.hash == hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(([(header::CONTENT_TYPE, asset.mime), (header::CACHE_CONTROL, caching)], asset.bytes.clone()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_named_by_its_hash() {
        assert!(url("app.css").starts_with("/assets/app."));
        assert!(url("tokens.css").ends_with(".css"));
        assert_eq!(url("../secret"), "");
    }
}
