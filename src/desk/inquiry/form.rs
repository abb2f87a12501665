//! The form of an inquiry: raw strings as a person typed them. What is understood of them stands in `check`.

use std::collections::BTreeMap;

use super::InquiryKind;
use super::spec::{Form, Spec};

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What was typed, field by field, under the names of the form. Its `Debug` shows nothing.
        #[derive(Clone, Default, PartialEq, Eq)]
        pub struct InquiryForm {
            $($(#[$doc])* pub $name: String,)+
            /// The boxes of the kind's own fields.
            pub own: BTreeMap<String, String>,
        }

        impl InquiryForm {
            /// The names of the fields that all kinds share.
            pub const FIELDS: &[&str] = &[$(stringify!($name)),+];

            /// Takes each field from where the form was read: the shared ones, and those of the kind.
            pub fn read<'f>(form: &Form, get: impl Fn(&str) -> &'f str) -> Self {
                let own = form.boxes().map(|name| (get(&name).to_owned(), name));
                Self {
                    $($name: get(stringify!($name)).to_owned(),)+
                    own: own.filter(|(value, _)| !value.is_empty()).map(|(value, name)| (name, value)).collect(),
                }
            }

            /// Names and values, empty ones too.
            pub fn pairs(&self) -> Vec<(&str, &str)> {
                let shared = [$((stringify!($name), self.$name.as_str())),+];
                shared.into_iter().chain(self.own.iter().map(|(name, value)| (name.as_str(), value.as_str()))).collect()
            }
        }
    };
}

fields! {
    /// 医籍登録番号
    registration_number,
    /// seireki, showa, heisei, reiwa
    birth_era,
    /// 年
    birth_year,
    /// 月
    birth_month,
    /// 日
    birth_day,
    /// 姓
    family_name,
    /// 名
    given_name,
    /// セイ
    family_kana,
    /// メイ
    given_kana,
    /// Where answers are wanted.
    email,
    /// Optional.
    phone,
    /// One line.
    subject,
    /// The text.
    body,
    /// The kind that led to the form `other`.
    about,
    /// Seen by programs only; filled in, it adds to the suspicion.
    homepage,
}

impl std::fmt::Debug for InquiryForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InquiryForm(***)")
    }
}

impl InquiryForm {
    /// What was typed into a box of the kind's own.
    pub fn own(&self, name: &str) -> &str {
        self.own.get(name).map_or("", String::as_str)
    }

    /// The kind of the ticket this form opens: that which led to `other`, else the form's own.
    pub fn ticket_kind(&self, form: InquiryKind) -> InquiryKind {
        match form {
            InquiryKind::Other => InquiryKind::parse(&self.about).unwrap_or(form),
            _ => form,
        }
    }

    /// Appends to the text what was typed into fields that the form no longer has, so that nothing is lost when it
    /// changed while somebody was writing.
    pub fn keep(&mut self, label: &str, value: &str) {
        let line = format!("{label}：{value}");
        if !value.is_empty() && !self.body.contains(&line) {
            self.body = if self.body.is_empty() { line } else { format!("{}\n{line}", self.body) };
        }
    }

    /// A form whose own fields and text hold what a link brought with it (a guide's answers, a phone memo): never who one
    /// is.
    pub fn prefilled<'f>(spec: &Spec, get: impl Fn(&str) -> &'f str) -> Self {
        let all = Self::read(&spec.form, get);
        Self { own: all.own, subject: all.subject, body: all.body, about: all.about, ..Self::default() }
    }
}
