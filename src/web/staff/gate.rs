//! The frame of pages before anybody is signed in: `templates/staff/gate.html`.

use crate::desk::Lang;
use crate::web::{Ctx, assets};

/// What stands around the form.
#[derive(Debug)]
pub struct Gate {
    /// Japanese, unless the browser prefers English.
    pub lang: Lang,
    /// Heading and title.
    pub title: &'static str,
    /// Name of the desk.
    pub desk_name: String,
    /// The title then begins with エラー：.
    pub is_error: bool,
}

impl Gate {
    /// The frame with its title in both languages.
    pub fn new(ctx: &Ctx, title: impl Fn(Lang) -> &'static str) -> Self {
        let (lang, desk) = (ctx.lang(), &ctx.state().settings.desk);
        Self { lang, title: title(lang), desk_name: lang.t(&desk.name, &desk.name_en).to_owned(), is_error: false }
    }

    /// The text in the language of the page.
    pub fn t<'t>(&self, ja: &'t str, en: &'t str) -> &'t str {
        self.lang.t(ja, en)
    }

    /// The hashed address of an asset.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }
}
