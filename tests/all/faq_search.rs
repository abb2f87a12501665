//! The FAQ search as a reader meets it, with a floor under its quality, and the ticket index as staff meet it.

use std::io::BufReader;
use std::path::Path;

use madoguchi::desk::Lang;
use madoguchi::desk::faq::{Audience, Entry, FaqError, Library, Synonyms, evaluate};
use madoguchi::platform::index::{Assignee, IndexError, SeenBy, TicketDoc, TicketIndex, TicketQuery};

const ENTRIES: &str = include_str!("../fixtures/faq_eval/entries.jsonl");
const QUERIES: &str = include_str!("../fixtures/faq_eval/queries.jsonl");
const SYNONYMS: &str = include_str!("../../faq/synonyms.txt");

fn entry(lang: Lang, id: &str, question: &str, answer: &str) -> Entry {
    let text = format!("---\nid: {id}\nquestion: {question}\naudience: applicant\nkinds: id, other\n---\n{answer}\n");
    Entry::parse(&format!("{}/{id}.md", lang.as_str()), lang, &text).unwrap()
}

fn library(entries: Vec<Entry>) -> Library {
    Library::new(entries, Synonyms::parse("synonyms.txt", SYNONYMS).unwrap()).unwrap()
}

fn ids(library: &Library, typed: &str) -> Vec<String> {
    library.search(Lang::Ja, typed, 10).into_iter().map(|hit| hit.id).collect()
}

#[test]
fn the_practice_set_is_answered_above_the_floor() {
    let synonyms = Synonyms::parse("synonyms.txt", SYNONYMS).unwrap();
    let report = evaluate(ENTRIES.as_bytes(), QUERIES.as_bytes(), synonyms).unwrap();
    println!("{}", serde_json::to_string(&report).unwrap());
    assert_eq!(report.n, 171);
    assert!(report.mrr_at_10 >= 0.94, "{report:?}");
    assert!(report.recall_at_3 >= 0.985, "{report:?}");
    assert!(report.zero_result_rate <= 0.01, "{report:?}");
}

#[test]
fn the_embedded_entries_load_and_each_finds_itself_by_its_own_question() {
    let library = Library::embedded().unwrap();
    for lang in Lang::ALL.iter().copied() {
        for entry in library.entries(lang).filter(|entry| entry.is_public()) {
            let hits = library.search(lang, &entry.question, 3);
            assert!(hits.iter().any(|hit| hit.id == entry.id), "{}: {}", entry.id, entry.question);
        }
    }
}

#[test]
fn what_no_entry_is_about_is_not_found() {
    let library = Library::embedded().unwrap();
    for gibberish in [
        "zzzqqq",
        "asdfghjkl",
        "qwerty uiop",
        "ほげほげふが",
        "ぬるぽがっ",
        "ホゲホゲ",
        "あいうえお",
        "今日の天気",
        "猫",
        "xyz123",
    ] {
        for lang in [Lang::Ja, Lang::En] {
            assert_eq!(library.search(lang, gibberish, 10), [], "{gibberish}");
        }
    }
    // Typed wrongly, or in one word, is still found.
    for typed in ["パスワド忘れた", "迷惑メール 入らない", "pasword", "免許証", "締め切り", "ID"]
    {
        assert!(!library.search(Lang::Ja, typed, 10).is_empty(), "{typed}");
    }
}

#[test]
fn an_english_question_finds_the_entry_in_either_language() {
    let library = library(vec![
        entry(Lang::Ja, "password", "パスワードを忘れました", "再設定してください。"),
        entry(Lang::En, "password", "I forgot my password", "Reset it."),
        entry(Lang::Ja, "image", "画像を差し替えたい", "お問い合わせください。"),
        entry(Lang::En, "image", "How do I replace my image?", "Ask us."),
    ]);
    let english = library.search(Lang::En, "forgotten passwords", 10);
    assert_eq!((english[0].id.as_str(), english[0].title.as_str()), ("password", "I forgot my password"));
    assert_eq!(library.search(Lang::Ja, "forgot pasword", 10)[0].title, "パスワードを忘れました");
}

#[test]
fn widths_kana_and_okurigana_do_not_matter() {
    let library = library(vec![
        entry(Lang::Ja, "deadline", "応募の締切はいつですか", "お知らせをご覧ください。"),
        entry(Lang::Ja, "image", "画像のサイズが大きい", "縮小してください。"),
    ]);
    for typed in ["締め切り", "〆切", "締切り", "しめ切り 応募"] {
        assert_eq!(ids(&library, typed).first().map(String::as_str), Some("deadline"), "{typed}");
    }
    for typed in ["ｻｲｽﾞ", "さいず", "ガゾウ サイズ", "サイズー"] {
        assert_eq!(ids(&library, typed).first().map(String::as_str), Some("image"), "{typed}");
    }
}

#[test]
fn marks_in_a_snippet_cut_whole_characters_of_the_original() {
    let answers = ["ｶﾞｿﾞｳは㈱の①番で差し替えます", "か\u{3099}そ\u{3099}うの登録", "𠮷野さんの免許証 <b>ﾊﾟｽﾜｰﾄﾞ</b>"];
    for (at, answer) in answers.iter().enumerate() {
        let mut it = entry(Lang::Ja, &format!("a{at}"), "題", "x");
        it.answer = (*answer).to_owned();
        let library = library(vec![it]);
        for typed in
            ["ガゾウ", "がぞう", "(株)", "1番", "差し替え", "登録", "吉野", "𠮷野", "免許証", "パスワード", "b"]
        {
            for hit in library.search(Lang::Ja, typed, 5) {
                let shown = hit.snippet_html.replace("<mark>", "").replace("</mark>", "");
                assert!(!shown.contains('<'), "{typed}: {}", hit.snippet_html);
                assert_eq!(shown.replace("&lt;", "<").replace("&gt;", ">"), *answer, "{typed}");
            }
        }
    }
    let mut it = entry(Lang::Ja, "a", "題", "x");
    it.answer = answers[0].to_owned();
    assert_eq!(
        library(vec![it]).search(Lang::Ja, "画像 ガゾウ", 1)[0].snippet_html,
        "<mark>ｶﾞｿﾞｳ</mark>は㈱の①番で差し替えます"
    );
}

#[test]
fn hostile_queries_are_answered_and_never_panic() {
    let library = library(vec![entry(Lang::Ja, "login", "ログインできません", "お問い合わせください。")]);
    let long = "ログイン".repeat(100_000);
    for typed in [
        "",
        " ",
        "\u{3000}",
        "\"",
        "a AND (b",
        "*",
        "\0",
        "ー",
        "ﾞ",
        "🙂",
        "、。",
        "教えてください",
        "㍿㌔",
        "e\u{301}",
        &long,
    ] {
        let _ = library.search(Lang::Ja, typed, 10);
        let _ = library.suggest(Lang::En, typed, 10);
    }
    assert_eq!(library.search(Lang::Ja, "ログイン", 0), []);
    assert!(library.search(Lang::Ja, "%%%%", 10).is_empty());
}

#[test]
fn typing_finds_the_entry_before_the_word_is_finished() {
    let library = library(vec![
        entry(Lang::Ja, "password", "パスワードを忘れました", "再設定してください。"),
        entry(Lang::En, "password", "I forgot my password", "Reset it."),
        entry(Lang::Ja, "training", "研修の中断を登録したい", "中断の登録を押してください。"),
        entry(Lang::En, "training", "How do I record an interruption of training?", "Press it."),
    ]);
    for (lang, typed, wanted) in [
        (Lang::Ja, "パ", "password"),
        (Lang::Ja, "ぱすw", "password"),
        (Lang::Ja, "中", "training"),
        (Lang::En, "passw", "password"),
        (Lang::En, "interr", "training"),
    ] {
        assert_eq!(
            library.suggest(lang, typed, 5).first().map(|hit| hit.id.clone()).as_deref(),
            Some(wanted),
            "{typed}"
        );
    }
}

#[test]
fn entries_for_the_desk_alone_are_not_found_by_the_public() {
    let mut hidden = entry(Lang::Ja, "inside", "内部の手順", "手順です。");
    hidden.audience = vec![Audience::System];
    let library = library(vec![hidden, entry(Lang::Ja, "open", "公開の手順", "手順です。")]);
    assert_eq!(ids(&library, "手順"), ["open"]);
    assert!(library.entry(Lang::Ja, "inside").is_some(), "the desk itself can open it");
}

#[test]
fn the_entries_of_a_kind_begin_with_those_for_which_it_is_the_nearest() {
    let mut second = entry(Lang::Ja, "a-second", "二番目", "x");
    second.kinds = vec!["other".to_owned(), "id".to_owned()];
    let library = library(vec![second, entry(Lang::Ja, "b-first", "一番目", "x")]);
    let found: Vec<_> = library.by_kind(Lang::Ja, "id").into_iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(found, ["b-first", "a-second"]);
    assert!(library.by_kind(Lang::En, "id").is_empty());
}

#[test]
fn a_wrong_file_is_refused_with_file_line_and_reason() {
    let good = "---\nid: a\nquestion: 問\naudience: [applicant, trainee]\nkinds: id\nkeywords: 甲、乙\nfacts: F01\nvalid_from: 2026-04-01\n---\n答え\n";
    let parsed = Entry::parse("ja/a.md", Lang::Ja, good).unwrap();
    assert_eq!((parsed.keywords.len(), parsed.audience.len()), (2, 2));
    assert_eq!(
        Entry::parse("ja/a.md", Lang::Ja, &parsed.to_file()).unwrap(),
        parsed,
        "writing and reading back changes nothing"
    );
    let faults = [
        (good.replace("---\nid", "id"), 1, "must begin"),
        (good.replace("kinds: id", "kinds: money"), 5, "unknown kind `money`"),
        (good.replace("F01", "1"), 7, "not a fact"),
        (good.replace("2026-04-01", "April"), 8, "not a date"),
        (good.replace("question: 問\n", ""), 8, "`question` is missing"),
        (good.replace("facts: F01", "color: red"), 7, "unknown key `color`"),
        (good.replace("facts: F01", "id: b"), 7, "given twice"),
        (good.replace("答え", "一\n\n[x](javascript:alert(1))"), 12, "javascript"),
        (good.replace("答え", "<script>"), 10, "HTML"),
        (good.replace("id: a", "id: b"), 1, "differ"),
        (good.replace("答え", ""), 9, "empty"),
    ];
    for (text, line, reason) in faults {
        let FaqError::Format { file, line: at, reason: why } = Entry::parse("ja/a.md", Lang::Ja, &text).unwrap_err()
        else {
            panic!("another kind of error");
        };
        assert_eq!((file.as_str(), at), ("ja/a.md", line), "{why}");
        assert!(why.contains(reason), "{why}");
    }
}

#[test]
fn check_names_every_fault_of_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    for lang in ["ja", "en"] {
        std::fs::create_dir_all(dir.path().join(lang)).unwrap();
    }
    let file =
        |id: &str, answer: &str| format!("---\nid: {id}\nquestion: q\naudience: applicant\nkinds: id\n---\n{answer}\n");
    std::fs::write(dir.path().join("ja/a.md"), file("a", "[x](/faq/gone)")).unwrap();
    std::fs::write(dir.path().join("en/a.md"), file("a", "x")).unwrap();
    std::fs::write(dir.path().join("ja/b.md"), "nothing").unwrap();
    std::fs::write(dir.path().join("ja/c.md"), file("c", "x")).unwrap();
    let faults: Vec<String> = Library::check(dir.path()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(faults[0].contains("b.md, line 1"), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("`gone`")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("there is no en/c.md")), "{faults:?}");
    assert!(Library::from_dir(dir.path()).is_err());
    assert!(matches!(Library::from_dir(Path::new("/nowhere")), Err(FaqError::Read { .. })));
}

#[test]
fn evaluate_names_the_line_it_cannot_read() {
    let entries = BufReader::new("{\"id\":\"a\",\"question\":\"q\",\"answer\":\"a\",\"keywords\":\"\"}\n{".as_bytes());
    let refused = evaluate(entries, &b""[..], Synonyms::default()).unwrap_err();
    assert!(refused.to_string().starts_with("entries, line 2:"), "{refused}");
}

fn ticket(id: i64, texts: &[&str]) -> TicketDoc {
    TicketDoc {
        id,
        number: format!("26-AAAA-{id:04}"),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        status: "new".to_owned(),
        kind: "id".to_owned(),
        ..TicketDoc::default()
    }
}

fn find(index: &TicketIndex, words: &str) -> (Vec<i64>, usize) {
    index.search(&TicketQuery { words: words.to_owned(), limit: 10, ..TicketQuery::default() }).unwrap()
}

fn filled(dir: &Path, tickets: &[TicketDoc]) -> TicketIndex {
    let index = TicketIndex::open(dir).unwrap();
    let mut writer = index.writer().unwrap();
    tickets.iter().for_each(|ticket| writer.upsert(ticket).unwrap());
    writer.commit(7).unwrap();
    index
}

#[test]
fn every_substring_of_a_ticket_finds_it_and_nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let texts = [
        "受信できません。よろしくお願いいたします",
        "田中 太郎 ﾊﾟｽﾜｰﾄﾞ忘れ",
        "コード-123 の error code E42",
        "メール\n届かない",
        "𠮷野家です",
    ];
    let tickets: Vec<_> = texts.iter().enumerate().map(|(at, text)| ticket(at as i64 + 1, &[text])).collect();
    let index = filled(dir.path(), &tickets);
    let fold = madoguchi::platform::text::fold;
    for text in texts {
        for word in text.split_whitespace() {
            let chars: Vec<char> = word.chars().collect();
            for from in 0..chars.len() {
                for to in from + 1..=chars.len() {
                    let piece: String = chars[from..to].iter().collect();
                    let mut truth: Vec<i64> = tickets
                        .iter()
                        .filter(|t| {
                            fold(&t.texts[0]).contains(&fold(&piece)) || fold(&t.number).contains(&fold(&piece))
                        })
                        .map(|t| t.id)
                        .collect();
                    truth.reverse();
                    let count = truth.len();
                    assert_eq!(find(&index, &piece), (truth, count), "{piece:?}");
                }
            }
        }
    }
    assert_eq!(find(&index, "受信 よろしく").0, [1], "words may stand apart");
    assert_eq!(find(&index, "受信よろしく").1, 0);
    assert_eq!(find(&index, "郎パ").1, 0, "a space is not bridged");
}

#[test]
fn a_number_is_found_however_its_hyphens_are_typed() {
    let dir = tempfile::tempdir().unwrap();
    let mut it = ticket(3, &["件名"]);
    it.phones = vec!["03-1234-5678".to_owned()];
    it.registration_numbers = vec!["012345".to_owned()];
    it.emails = vec!["Taro@Example.jp".to_owned()];
    let index = filled(dir.path(), &[it, ticket(4, &["件名"])]);
    for typed in [
        "26-AAAA-0003",
        "26aaaa0003",
        "２６－ＡＡＡＡ－０００３",
        "0312345678",
        "03(1234)5678",
        "012345",
        "taro@example.jp",
        "example",
    ] {
        assert_eq!(find(&index, typed), (vec![3], 1), "{typed}");
    }
}

#[test]
fn filters_hold_together_and_the_newest_come_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut mine = ticket(1, &["登録"]);
    mine.assignee = Some(9);
    let mut closed = ticket(2, &["登録"]);
    closed.status = "closed".to_owned();
    let index = filled(dir.path(), &[mine, closed, ticket(3, &["登録"])]);
    let ask = |query: TicketQuery| index.search(&query).unwrap();
    let all = TicketQuery { words: "登録".to_owned(), limit: 2, ..TicketQuery::default() };
    assert_eq!(ask(all.clone()), (vec![3, 2], 3));
    assert_eq!(ask(TicketQuery { offset: 2, ..all.clone() }), (vec![1], 3));
    assert_eq!(ask(TicketQuery { limit: 0, ..all.clone() }), (vec![], 3));
    assert_eq!(ask(TicketQuery { statuses: vec!["new".to_owned()], ..all.clone() }), (vec![3, 1], 2));
    assert_eq!(ask(TicketQuery { assignee: Assignee::Person(9), ..all.clone() }), (vec![1], 1));
    assert_eq!(ask(TicketQuery { assignee: Assignee::Nobody, kinds: vec!["id".to_owned()], ..all }), (vec![3, 2], 2));
    assert_eq!(ask(TicketQuery { limit: 10, ..TicketQuery::default() }).1, 3, "no words: all");
}

#[test]
fn sec_056_a_confidential_ticket_is_neither_shown_nor_counted_for_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut secret = ticket(1, &["ハラスメント"]);
    secret.confidential_to = Some(vec![5]);
    let index = filled(dir.path(), &[secret, ticket(2, &["登録"])]);
    let ask = |seen_by| {
        index
            .search(&TicketQuery {
                words: "ハラスメント".to_owned(), seen_by, limit: 10, ..TicketQuery::default()
            })
            .unwrap()
    };
    assert_eq!(ask(SeenBy::Anyone), (vec![], 0));
    assert_eq!(ask(SeenBy::Person(6)), (vec![], 0));
    assert_eq!(ask(SeenBy::Person(5)), (vec![1], 1));
    assert_eq!(ask(SeenBy::Everything), (vec![1], 1));
}

#[test]
fn a_ticket_written_again_replaces_itself_and_a_removed_one_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let index = filled(dir.path(), &[ticket(1, &["古い"])]);
    let mut writer = index.writer().unwrap();
    writer.upsert(&ticket(1, &["新しい"])).unwrap();
    writer.upsert(&ticket(1, &["新しい方"])).unwrap();
    assert_eq!(find(&index, "古い").1, 1, "nothing changes before the commit");
    writer.commit(8).unwrap();
    assert_eq!((find(&index, "古い").1, find(&index, "新しい").1), (0, 1));
    writer.remove(1);
    writer.commit(9).unwrap();
    assert_eq!(find(&index, "新しい").1, 0);
}

#[test]
fn rel_050_what_was_committed_is_there_after_opening_again_with_its_event() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    assert_eq!(TicketIndex::open(&path).unwrap().last_event_id().unwrap(), None);
    let index = filled(&path, &[ticket(1, &["登録"])]);
    let writer = index.writer().unwrap();
    writer.upsert(&ticket(2, &["登録"])).unwrap();
    drop((writer, index));
    let again = TicketIndex::open(&path).unwrap();
    assert_eq!((again.last_event_id().unwrap(), find(&again, "登録").1), (Some(7), 1));
    assert!(again.is_whole().unwrap());
}

#[test]
fn rel_051_a_damaged_or_deleted_index_starts_anew_and_says_so_by_its_event() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    drop(filled(&path, &[ticket(1, &["登録"])]));
    std::fs::write(path.join("meta.json"), b"{ not json").unwrap();
    let anew = TicketIndex::open(&path).unwrap();
    assert_eq!((anew.last_event_id().unwrap(), find(&anew, "登録").1), (None, 0));
    drop((anew, filled(&path, &[ticket(1, &["登録"])])));
    for file in std::fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|e| e == "term" || e == "idx") {
            std::fs::write(&file, b"torn").unwrap();
        }
    }
    let anew = TicketIndex::open(&path).unwrap();
    assert_eq!(anew.last_event_id().unwrap(), None);
    std::fs::remove_dir_all(&path).unwrap();
    assert_eq!(TicketIndex::open(&path).unwrap().last_event_id().unwrap(), None);
}

#[test]
fn only_one_writer_lives_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let index = TicketIndex::open(dir.path()).unwrap();
    let first = index.writer().unwrap();
    assert!(matches!(index.writer(), Err(IndexError::Busy { .. })));
    drop(first);
    assert!(index.writer().is_ok());
}
