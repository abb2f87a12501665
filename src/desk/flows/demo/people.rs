//! Invented doctors.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};

use crate::desk::account::{
    AccountRecord, ApplicationState, Birthdate, LicenceImage, LoginMailState, Phase, RegistrationNumber,
};
use crate::platform::crypto::Random;

const FAMILIES: [(&str, &str, &str); 40] = [
    ("佐藤", "サトウ", "sato"),
    ("鈴木", "スズキ", "suzuki"),
    ("髙橋", "タカハシ", "takahashi"),
    ("田中", "タナカ", "tanaka"),
    ("渡邉", "ワタナベ", "watanabe"),
    ("伊藤", "イトウ", "ito"),
    ("山本", "ヤマモト", "yamamoto"),
    ("中村", "ナカムラ", "nakamura"),
    ("小林", "コバヤシ", "kobayashi"),
    ("加藤", "カトウ", "kato"),
    ("吉田", "ヨシダ", "yoshida"),
    ("山田", "ヤマダ", "yamada"),
    ("佐々木", "ササキ", "sasaki"),
    ("山口", "ヤマグチ", "yamaguchi"),
    ("松本", "マツモト", "matsumoto"),
    ("井上", "イノウエ", "inoue"),
    ("木村", "キムラ", "kimura"),
    ("林", "ハヤシ", "hayashi"),
    ("齋藤", "サイトウ", "saito"),
    ("清水", "シミズ", "shimizu"),
    ("山﨑", "ヤマザキ", "yamazaki"),
    ("森", "モリ", "mori"),
    ("池田", "イケダ", "ikeda"),
    ("橋本", "ハシモト", "hashimoto"),
    ("阿部", "アベ", "abe"),
    ("石川", "イシカワ", "ishikawa"),
    ("山下", "ヤマシタ", "yamashita"),
    ("中島", "ナカジマ", "nakajima"),
    ("石井", "イシイ", "ishii"),
    ("小川", "オガワ", "ogawa"),
    ("前田", "マエダ", "maeda"),
    ("岡田", "オカダ", "okada"),
    ("長谷川", "ハセガワ", "hasegawa"),
    ("藤田", "フジタ", "fujita"),
    ("後藤", "ゴトウ", "goto"),
    ("近藤", "コンドウ", "kondo"),
    ("村上", "ムラカミ", "murakami"),
    ("遠藤", "エンドウ", "endo"),
    ("青木", "アオキ", "aoki"),
    ("坂本", "サカモト", "sakamoto"),
];

const GIVENS: [(&str, &str, &str); 32] = [
    ("一郎", "イチロウ", "ichiro"),
    ("美咲", "ミサキ", "misaki"),
    ("健太", "ケンタ", "kenta"),
    ("花子", "ハナコ", "hanako"),
    ("直人", "ナオト", "naoto"),
    ("千尋", "チヒロ", "chihiro"),
    ("涼", "リョウ", "ryo"),
    ("由美", "ユミ", "yumi"),
    ("大輔", "ダイスケ", "daisuke"),
    ("あかり", "アカリ", "akari"),
    ("翔太", "ショウタ", "shota"),
    ("陽菜", "ヒナ", "hina"),
    ("拓也", "タクヤ", "takuya"),
    ("彩", "アヤ", "aya"),
    ("誠", "マコト", "makoto"),
    ("愛", "アイ", "ai"),
    ("蓮", "レン", "ren"),
    ("結衣", "ユイ", "yui"),
    ("悠斗", "ユウト", "yuto"),
    ("葵", "アオイ", "aoi"),
    ("颯太", "ソウタ", "sota"),
    ("凛", "リン", "rin"),
    ("樹", "イツキ", "itsuki"),
    ("紬", "ツムギ", "tsumugi"),
    ("和也", "カズヤ", "kazuya"),
    ("真由美", "マユミ", "mayumi"),
    ("隆", "タカシ", "takashi"),
    ("恵", "メグミ", "megumi"),
    ("浩二", "コウジ", "koji"),
    ("明日香", "アスカ", "asuka"),
    ("修", "オサム", "osamu"),
    ("理沙", "リサ", "risa"),
];

const SPECIALTIES: [&str; 19] = [
    "内科",
    "小児科",
    "皮膚科",
    "精神科",
    "外科",
    "整形外科",
    "産婦人科",
    "眼科",
    "耳鼻咽喉科",
    "泌尿器科",
    "脳神経外科",
    "放射線科",
    "麻酔科",
    "病理",
    "臨床検査",
    "救急科",
    "形成外科",
    "リハビリテーション科",
    "総合診療",
];

const PLACES: [&str; 8] = ["北星", "みなと", "青葉", "若草", "桜丘", "白浜", "東雲", "朝日"];

/// Registrations of invented doctors; every fiftieth has registered twice.
pub(super) fn registrations(count: u32, random: &Random, now: DateTime<Utc>) -> Vec<AccountRecord> {
    let mut made: Vec<AccountRecord> = Vec::with_capacity(count as usize);
    for n in 0..count {
        let twin = (n % 50 == 49).then(|| made.last()).flatten();
        let record = match twin {
            Some(first) => second_registration(first, n, now),
            None => registration(n, random, now),
        };
        made.extend(record);
    }
    made
}

fn pick<T: Copy>(from: &[T], random: &Random) -> Option<T> {
    from.get(random.below(from.len() as u64) as usize).copied()
}

fn registration(n: u32, random: &Random, now: DateTime<Utc>) -> Option<AccountRecord> {
    let (family, family_kana, family_romaji) = pick(&FAMILIES, random)?;
    let (given, given_kana, given_romaji) = pick(&GIVENS, random)?;
    let number = RegistrationNumber::new(550_000 + i64::from(n) * 7 + random.below(5) as i64)?;
    let birthdate = NaiveDate::from_ymd_opt(1985, 4, 2)? + Days::new(random.below(15 * 365));
    let is_trainee = n.is_multiple_of(3);
    let specialty = pick(&SPECIALTIES, random)?;
    let place = pick(&PLACES, random)?;
    let mut record = AccountRecord::new(&format!("D{:06}", n + 1), number, Birthdate::new(birthdate), family, given);
    record.family_kana = family_kana.into();
    record.given_kana = given_kana.into();
    record.email = format!("{given_romaji}.{family_romaji}{n}@example.jp");
    record.phone = format!("090-{:04}-{:04}", random.below(10_000), random.below(10_000));
    record.phase = Some(if is_trainee { Phase::Trainee } else { Phase::Applicant });
    record.entry_fiscal_year = is_trainee.then(|| 2019 + random.below(7) as i64);
    record.specialty = specialty.into();
    record.program = format!("{place}総合病院 {specialty}専門研修プログラム");
    record.director_name = format!("{} {}", pick(&FAMILIES, random)?.0, pick(&GIVENS, random)?.0);
    record.director_email = format!("director{}@example.ac.jp", n % 97);
    let registered_at = now - Duration::minutes(60 * 24 * 20 + random.below(60 * 24 * 300) as i64);
    record.registered_at = Some(registered_at);
    record.login_mail_sent_at = Some(registered_at + Duration::minutes(1));
    record.login_mail_state = pick(
        &[
            LoginMailState::Opened,
            LoginMailState::Opened,
            LoginMailState::Opened,
            LoginMailState::Sent,
            LoginMailState::Bounced,
        ],
        random,
    );
    record.application_state = if is_trainee {
        Some(ApplicationState::Accepted)
    } else {
        pick(
            &[
                ApplicationState::Unapplied,
                ApplicationState::Applied,
                ApplicationState::Applied,
                ApplicationState::Accepted,
                ApplicationState::Rejected,
                ApplicationState::Unset,
            ],
            random,
        )
    };
    record.licence_image = pick(
        &[
            LicenceImage::Licence,
            LicenceImage::Licence,
            LicenceImage::Licence,
            LicenceImage::Provisional,
            LicenceImage::None,
        ],
        random,
    );
    Some(record)
}

/// The same doctor once more, from another address, with a temporary password.
fn second_registration(first: &AccountRecord, n: u32, now: DateTime<Utc>) -> Option<AccountRecord> {
    let mut record = first.clone();
    record.account_id = format!("D{:06}", n + 1);
    record.email = format!("again{n}@example.jp");
    record.application_state = Some(ApplicationState::Unapplied);
    record.registered_at = Some(now - Duration::days(4));
    record.temporary_password_issued_at = Some(now - Duration::days(3));
    record.login_mail_state = Some(LoginMailState::Sent);
    Some(record)
}
