//! `GET /privacy` (利用目的) and `GET /accessibility`.

use askama::Template;
use axum::response::Response;

use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError};

#[derive(Template)]
#[template(path = "public/privacy.html")]
struct Privacy<'a> {
    at: Layout<'a>,
}

#[derive(Template)]
#[template(path = "public/accessibility.html")]
struct Accessibility<'a> {
    at: Layout<'a>,
}

/// What becomes of what people write.
pub async fn privacy(ctx: Ctx) -> Result<Response, PageError> {
    let title = ctx.lang().t("個人情報の取り扱い", "Privacy");
    ctx.public_page(&Privacy { at: Layout::new(&ctx, title, Nav::None, "/privacy") })
}

/// What the pages promise to those who cannot see, hear or use a mouse.
pub async fn accessibility(ctx: Ctx) -> Result<Response, PageError> {
    let title = ctx.lang().t("アクセシビリティ方針", "Accessibility");
    ctx.public_page(&Accessibility { at: Layout::new(&ctx, title, Nav::None, "/accessibility") })
}
