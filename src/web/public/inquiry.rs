//! `GET /inquiries/{kind}`: the answer that fits, and the form. `POST`: the confirmation page, or the form again.

use axum::extract::{FromRequest, Path, Request};
use axum::http::StatusCode;
use axum::response::Response;

use super::form_page::FormPage;
use super::kind;
use super::picture::{self, Chosen, STAGED};
use super::{answers, confirm, hints, submit};
use crate::desk::inquiry::{Checked, FieldErrors, InquiryForm, InquiryKind, Limits, Spec};
use crate::desk::ticket::store;
use crate::platform::db::DbError;
use crate::web::form_body::query_value;
use crate::web::upload::{self, Sent};
use crate::web::{Ctx, Form, Kept, PageError, Posted, form_key, in_time};

/// The kind that a path names, with its description.
///
/// # Errors
/// 404 no such kind.
pub fn spec(ctx: &Ctx, word: &str) -> Result<Spec, PageError> {
    ctx.state().kinds().get(kind(word)?).cloned().ok_or(PageError::NotFound)
}

/// `GET /inquiries/{kind}`; the query may bring the kind's own fields with it, never who one is.
pub async fn get(ctx: Ctx, Path(word): Path<String>) -> Result<Response, PageError> {
    let spec = spec(&ctx, &word)?;
    let brought = Form::from_fields(form_urlencoded::parse(ctx.query().as_bytes()).into_owned().collect());
    let mut typed = InquiryForm::prefilled(&spec, |name| brought.get(name));
    if spec.kind != InquiryKind::Other || InquiryKind::parse(&typed.about).is_none() {
        typed.about.clear();
    }
    let (errors, form_key) = (FieldErrors::default(), ctx.form_key());
    let chosen = Chosen::default();
    let page = FormPage { spec: &spec, typed: &typed, chosen: &chosen, is_fresh: true, errors, form_key, focus: None };
    page.render(&ctx, StatusCode::OK).await
}

/// `POST /inquiries/{kind}`; with `?edit=FIELD` the form to change it.
pub async fn post(ctx: Ctx, Path(word): Path<String>, request: Request) -> Result<Response, PageError> {
    let inquiry = Typed::receive(&ctx, &word, request).await?;
    let edit = query_value(ctx.query(), "edit");
    if !edit.is_empty() {
        return inquiry.to_change(&ctx, &edit).await;
    }
    let mut checked = match inquiry.check(&ctx) {
        Ok(checked) => checked,
        Err(errors) => return inquiry.again(&ctx, errors).await,
    };
    // Nobody confirms what cannot be sent; the cutoff itself is a comparison inside the transaction of the sending.
    if answers::closed(&inquiry.spec, &*ctx.state().season().await, ctx.lang(), ctx.now()).is_some() {
        return submit::closed(&ctx, &inquiry).await;
    }
    checked.notes.extend(hints::of_answers(&ctx, &inquiry, &checked).await);
    let rules = hints::of_rules(&ctx, &checked).await?;
    confirm::page(&ctx, &inquiry, &checked, rules)
}

/// A posted inquiry form with a form key of ours.
pub struct Typed {
    /// The kind whose form it is.
    pub spec: Spec,
    /// What was typed.
    pub typed: InquiryForm,
    /// The hidden field, genuine.
    pub form_key: String,
    /// The same, read.
    pub key: form_key::FormKey,
    /// The form changed between the page and its sending.
    pub is_outdated: bool,
    /// The picture that the form names, until it is looked up.
    staged: String,
    /// Its picture.
    pub chosen: Chosen,
}

impl Typed {
    /// Reads a form of the kind, with its picture when the kind takes one.
    ///
    /// # Errors
    /// As [`Typed::read`], and as [`picture::choose`].
    pub async fn receive(ctx: &Ctx, word: &str, request: Request) -> Result<Self, PageError> {
        let takes_image = spec(ctx, word)?.takes_image;
        let (form, sent) = match takes_image {
            true => upload::read(ctx, request).await?,
            false => (Posted::from_request(request, ctx.state()).await?, None),
        };
        Self::read(ctx, word, form.0)?.with_picture(ctx, sent).await
    }

    /// A picture that is no longer staged because this very form was sent already is no fault: the person gets their
    /// number again.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forgive_sent_picture(&mut self, ctx: &Ctx) -> Result<(), PageError> {
        if self.chosen.is_gone {
            let find = async { store::find_by_form_key(&mut ctx.state().db.read().await?, &self.key.id).await };
            if in_time::<_, DbError>(find).await?.is_some() {
                self.chosen = Chosen::default();
            }
        }
        Ok(())
    }

    async fn with_picture(mut self, ctx: &Ctx, sent: Option<Sent>) -> Result<Self, PageError> {
        let staged = std::mem::take(&mut self.staged);
        let kept = self.kept(ctx);
        self.chosen = picture::choose(ctx, &self.key, &staged, sent).await.map_err(|error| error.keeping(kept))?;
        Ok(self)
    }

    /// Reads the fields. What was typed into a form of an earlier version is kept: fields of the same name stay where
    /// they were, the others go into the text.
    ///
    /// # Errors
    /// 404 no such kind, 422 a field that is not in the form, 403 without a form key of ours, all text kept.
    fn read(ctx: &Ctx, word: &str, form: Form) -> Result<Self, PageError> {
        let spec = spec(ctx, word)?;
        let sent_with = form.get("form_version");
        let is_outdated = !sent_with.is_empty() && sent_with != spec.version.to_string();
        let earlier = sent_with.parse().ok().and_then(|version| ctx.state().kinds().form(version));
        let earlier = earlier.filter(|(kind, _)| is_outdated && *kind == spec.kind).map(|(_, form)| form);
        let own: Vec<String> = spec.form.boxes().chain(earlier.into_iter().flat_map(|form| form.boxes())).collect();
        // A form that was not sent as multipart names the file and does not hold it.
        let picture = spec.takes_image.then_some([STAGED, upload::FIELD]).into_iter().flatten();
        let shared = InquiryForm::FIELDS.iter().copied().chain(["form_key", "form_version"]).chain(picture);
        form.only(&shared.chain(own.iter().map(String::as_str)).collect::<Vec<_>>())?;
        let Some(key) = form_key::parse(&ctx.state().keys, form.get("form_key")) else {
            // The same text with a key that is good.
            let mut fields = form.fields().to_vec();
            fields.retain(|(name, _)| name != "form_key");
            fields.push(("form_key".to_owned(), ctx.form_key()));
            return Err(PageError::Expired(Kept::of(ctx, Form::from_fields(fields))));
        };
        let mut typed = InquiryForm::read(&spec.form, |name| form.get(name));
        for field in earlier.into_iter().flat_map(|form| &form.fields) {
            let boxes = field.boxes();
            if boxes.iter().any(|name| !typed.own.contains_key(name)) && spec.form.field(&field.name).is_none() {
                let value = boxes.iter().map(|name| form.get(name)).collect::<Vec<_>>().join(" ");
                typed.keep(field.label.t(ctx.lang()), &field.show(value.trim(), ctx.lang()));
            }
        }
        let (form_key, staged) = (form.get("form_key").to_owned(), form.get(STAGED).to_owned());
        Ok(Self { spec, typed, form_key, key, is_outdated, staged, chosen: Chosen::default() })
    }

    /// What is understood of it.
    ///
    /// # Errors
    /// All that has to be put right; that the form has changed meanwhile.
    pub fn check(&self, ctx: &Ctx) -> Result<Checked, FieldErrors> {
        let limits = &ctx.state().settings.limits;
        let limits = Limits { subject: limits.subject_chars, body: limits.body_chars };
        let checked = self.typed.check(&self.spec, ctx.lang(), ctx.state().clock.today(), limits);
        let checked = match self.chosen.said() {
            None => checked,
            Some(said) => {
                let mut errors = checked.err().unwrap_or_default();
                errors.0.push(said);
                Err(errors)
            }
        };
        if !self.is_outdated {
            return checked;
        }
        let changed = ctx.lang().t(
            "入力されている間に、この様式が変わりました。入力された内容はこの画面に残っています。ご確認のうえ、もう一度「確認画面へ進む」を押してください。",
            "This form changed while you were writing. What you wrote is still on this page. Check it and go on once more.",
        );
        let mut errors = checked.err().unwrap_or_default();
        errors.put_first("form", changed);
        Err(errors)
    }

    /// The form with what was typed, to change a field.
    async fn to_change(&self, ctx: &Ctx, field: &str) -> Result<Response, PageError> {
        self.page(FieldErrors::default(), Some(field)).render(ctx, StatusCode::OK).await
    }

    /// The form again, with what has to be put right: 422.
    ///
    /// # Errors
    /// When the template fails.
    pub async fn again(&self, ctx: &Ctx, errors: FieldErrors) -> Result<Response, PageError> {
        self.page(errors, None).render(ctx, StatusCode::UNPROCESSABLE_ENTITY).await
    }

    fn page<'f>(&'f self, errors: FieldErrors, focus: Option<&'f str>) -> FormPage<'f> {
        let (spec, typed, form_key, chosen) = (&self.spec, &self.typed, self.form_key.clone(), &self.chosen);
        FormPage { spec, typed, chosen, is_fresh: false, errors, form_key, focus }
    }

    /// All that was typed, to be sent again when the desk could not take it.
    pub fn kept(&self, ctx: &Ctx) -> Kept {
        let mut fields: Vec<_> = self.pairs().iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        fields.push(("form_key".to_owned(), self.form_key.clone()));
        fields.push(("form_version".to_owned(), self.spec.version.to_string()));
        let action = format!("{}/inquiries/{}/submit", ctx.lang().prefix(), self.spec.kind);
        Kept::to(action, Form::from_fields(fields))
    }

    /// What was typed, without the empty boxes.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let staged = self.chosen.image.as_ref().map_or("", |image| image.public_id.as_str());
        self.typed.pairs().into_iter().chain([(STAGED, staged)]).filter(|(_, value)| !value.is_empty()).collect()
    }
}
