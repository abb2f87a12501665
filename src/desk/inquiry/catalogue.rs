//! All kinds of inquiry as this desk has them, and the forms that older tickets were sent with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use sha2::{Digest, Sha256};

use super::load::{KindFault, parse};
use super::spec::{Form, Spec};
use super::{Audience, InquiryKind};
use crate::desk::Lang;
use crate::desk::period::PeriodKind;

#[derive(rust_embed::Embed)]
#[folder = "config/kinds/"]
struct Embedded;

/// The kinds that come with the program, read once.
static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::embedded().unwrap_or_default());

/// Those of the desk (`desk.kinds`), put here once at the start.
static INSTALLED: OnceLock<Catalogue> = OnceLock::new();

/// Makes a catalogue that of this desk, once at the start; before that, and in tests, it is the one of the program.
pub fn install(catalogue: &Catalogue) {
    // A second desk in the same process is one of a test, and has the same kinds.
    let _ = INSTALLED.set(catalogue.clone());
}

/// The kinds of this desk.
pub fn ours() -> &'static Catalogue {
    INSTALLED.get().unwrap_or(&EMBEDDED)
}

/// The windows whose close an inquiry of this kind is in time or late for.
pub fn edge_of(kind: InquiryKind) -> Option<PeriodKind> {
    ours().get(kind)?.edge
}

/// The kinds whose inquiries are in time or late for windows of this sort.
pub fn kinds_touching(edge: PeriodKind) -> impl Iterator<Item = InquiryKind> {
    ours().all().iter().filter(move |spec| spec.edge == Some(edge)).map(|spec| spec.kind)
}

/// Working days within which an answer to this kind is promised.
pub fn promise_of(kind: InquiryKind) -> Option<u32> {
    Some(ours().get(kind)?.answer_within_days)
}

/// The kinds of the desk. A clone is a pointer.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Arc<Inner>);

#[derive(Debug, Clone, Default)]
struct Inner {
    specs: Vec<Spec>,
    /// Every form this database has seen, by its version.
    forms: BTreeMap<i64, (InquiryKind, Form)>,
}

/// A field of a ticket as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its English name.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What was answered.
    pub value: String,
}

impl Catalogue {
    /// The kinds that come with the program.
    ///
    /// # Errors
    /// Never in a released build: a test loads them.
    pub fn embedded() -> Result<Self, KindFault> {
        let files = Embedded::iter().filter_map(|name| {
            let file = Embedded::get(&name)?;
            Some((name.to_string(), String::from_utf8_lossy(&file.data).into_owned()))
        });
        Self::from_files(files)
    }

    /// The kinds that come with the program, with the files of a folder in place of those of the same name.
    ///
    /// # Errors
    /// The first file that is wrong, with its line.
    pub fn with_folder(folder: &Path) -> Result<Self, KindFault> {
        let broken = |error: std::io::Error| KindFault {
            file: folder.display().to_string(),
            line: 0,
            reason: format!("the folder cannot be read: {error}"),
        };
        let mut files: BTreeMap<String, String> = Embedded::iter()
            .filter_map(|name| Some((name.to_string(), Embedded::get(&name)?)))
            .map(|(name, file)| (name, String::from_utf8_lossy(&file.data).into_owned()))
            .collect();
        for entry in std::fs::read_dir(folder).map_err(broken)? {
            let path = entry.map_err(broken)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                files.insert(name, std::fs::read_to_string(&path).map_err(broken)?);
            }
        }
        Self::from_files(files)
    }

    /// The kinds of a desk: those that come with the program, with the files of the folder `desk.kinds` names, if any.
    ///
    /// # Errors
    /// The first file that is wrong, with its line.
    pub fn of_desk(folder: &str) -> Result<Self, KindFault> {
        if folder.is_empty() { Self::embedded() } else { Self::with_folder(Path::new(folder)) }
    }

    /// The kinds of these files, each named as its kind.
    ///
    /// # Errors
    /// The first file that is wrong; a kind without a file.
    pub fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, KindFault> {
        let mut specs = Vec::new();
        for (name, source) in files {
            specs.push(parse(&name, &source)?);
        }
        let described: BTreeSet<_> = specs.iter().map(|spec| spec.kind).collect();
        if let Some(missing) = InquiryKind::ALL.iter().find(|kind| !described.contains(kind)) {
            let reason = "this kind of inquiry has no file".to_owned();
            return Err(KindFault { file: format!("{missing}.toml"), line: 0, reason });
        }
        specs.sort_by_key(|spec| spec.kind);
        Ok(Self(Arc::new(Inner { specs, forms: BTreeMap::new() })))
    }

    /// With the versions of this database: that of each current form, and the forms before them.
    #[must_use]
    pub fn with_versions(
        &self,
        current: &BTreeMap<InquiryKind, i64>,
        forms: BTreeMap<i64, (InquiryKind, Form)>,
    ) -> Self {
        let mut specs = self.0.specs.clone();
        for spec in &mut specs {
            spec.version = current.get(&spec.kind).copied().unwrap_or(0);
        }
        Self(Arc::new(Inner { specs, forms }))
    }

    /// A kind as its file describes it. `None` only when nothing could be loaded at all.
    pub fn get(&self, kind: InquiryKind) -> Option<&Spec> {
        self.0.specs.iter().find(|spec| spec.kind == kind)
    }

    /// Every kind, in the order of contracts.md.
    pub fn all(&self) -> &[Spec] {
        &self.0.specs
    }

    /// The kinds listed under an audience.
    pub fn of_audience(&self, audience: Audience) -> impl Iterator<Item = &Spec> {
        self.0.specs.iter().filter(move |spec| spec.audience == audience)
    }

    /// Whom a kind is listed under.
    pub fn audience(&self, kind: InquiryKind) -> Audience {
        self.get(kind).map_or(Audience::Everyone, |spec| spec.audience)
    }

    /// The form of a version, with the kind it was of.
    pub fn form(&self, version: i64) -> Option<(InquiryKind, &Form)> {
        self.0.forms.get(&version).map(|(kind, form)| (*kind, form))
    }

    /// The fields of a ticket under the names of the form it was sent with. What that form does not know (a ticket of
    /// before, or by another door) stands under the kind's present names, or as it is: nothing is hidden.
    pub fn given(&self, kind: &str, version: i64, fields: &BTreeMap<String, String>, lang: Lang) -> Vec<Given> {
        let sent = self.form(version).map(|(_, form)| form);
        let present = InquiryKind::parse(kind).and_then(|kind| self.get(kind)).map(|spec| &spec.form);
        let forms: Vec<&Form> = [sent, present].into_iter().flatten().collect();
        let place = |name: &str| forms.first().and_then(|form| form.fields.iter().position(|f| f.name == name));
        let mut given: Vec<_> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| {
                let field = forms.iter().find_map(|form| form.field(name));
                let label = field.map_or(name.as_str(), |field| field.label.t(lang)).to_owned();
                let value = field.map_or_else(|| value.clone(), |field| field.show(value, lang));
                Given { name: name.clone(), label, value }
            })
            .collect();
        given.sort_by_key(|given| place(&given.name).unwrap_or(usize::MAX));
        given
    }
}

impl Form {
    /// What is stored of a form, and what tells two versions apart.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// A hash over it.
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.to_json().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_with_a_file_and_is_listed_once() {
        let catalogue = Catalogue::embedded().unwrap();
        assert_eq!(catalogue.all().len(), 17);
        let listed: usize = Audience::ALL.iter().map(|audience| catalogue.of_audience(*audience).count()).sum();
        assert_eq!(listed, 17);
    }

    #[test]
    fn the_forms_of_the_contract_ask_for_nothing_beyond_the_common_fields() {
        let catalogue = Catalogue::embedded().unwrap();
        for kind in [InquiryKind::Id, InquiryKind::Other, InquiryKind::Image] {
            assert!(catalogue.get(kind).unwrap().form.fields.iter().all(|field| !field.required), "{kind}");
        }
    }

    #[test]
    fn a_missing_kind_is_refused() {
        let files = Embedded::iter().filter(|name| name != "id.toml");
        let read = |name: &str| String::from_utf8_lossy(&Embedded::get(name).unwrap().data).into_owned();
        let fault = Catalogue::from_files(files.map(|name| (name.to_string(), read(&name)))).unwrap_err();
        assert_eq!(fault.to_string(), "id.toml:0: this kind of inquiry has no file");
    }

    #[test]
    fn fields_stand_under_their_names_in_the_order_of_the_form_and_nothing_is_hidden() {
        let catalogue = Catalogue::embedded().unwrap();
        let fields = BTreeMap::from([
            ("step".to_owned(), "requested".to_owned()),
            ("program".to_owned(), "青葉".to_owned()),
            ("of_yesterday".to_owned(), "x".to_owned()),
        ]);
        let given = catalogue.given("withdraw", 0, &fields, Lang::Ja);
        let shown: Vec<_> = given.iter().map(|g| (g.label.as_str(), g.value.as_str())).collect();
        assert_eq!(shown[0], ("採用されたプログラム", "青葉"));
        assert_eq!(shown[1], ("いまの段階", "辞退を申請し、承認を待っている"));
        assert_eq!(shown[2], ("of_yesterday", "x"));
    }

    #[test]
    fn a_form_survives_its_storage() {
        for spec in Catalogue::embedded().unwrap().all() {
            let form: Form = serde_json::from_value(spec.form.to_json()).unwrap();
            assert_eq!(form.fingerprint(), spec.form.fingerprint());
            assert_eq!(form, spec.form);
        }
    }
}
