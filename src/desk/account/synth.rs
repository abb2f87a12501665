//! Invented registrations: for the demonstration and for measuring the match. Nobody in here exists; addresses are of
//! example domains. The same seed invents the same people.

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};

use super::{AccountRecord, ApplicationState, Birthdate, LicenceImage, LoginMailState, Phase, RegistrationNumber};
use crate::platform::crypto::Random;

/// Family names with readings and romanisation, the frequent first.
const FAMILIES: &str = "佐藤 サトウ sato;鈴木 スズキ suzuki;高橋 タカハシ takahashi;田中 タナカ tanaka;伊藤 イトウ ito;渡辺 ワタナベ watanabe;山本 ヤマモト yamamoto;中村 ナカムラ nakamura;小林 コバヤシ kobayashi;加藤 カトウ kato;吉田 ヨシダ yoshida;山田 ヤマダ yamada;佐々木 ササキ sasaki;山口 ヤマグチ yamaguchi;松本 マツモト matsumoto;井上 イノウエ inoue;木村 キムラ kimura;林 ハヤシ hayashi;斎藤 サイトウ saito;清水 シミズ shimizu;山崎 ヤマザキ yamazaki;森 モリ mori;池田 イケダ ikeda;橋本 ハシモト hashimoto;阿部 アベ abe;石川 イシカワ ishikawa;山下 ヤマシタ yamashita;中島 ナカジマ nakajima;石井 イシイ ishii;小川 オガワ ogawa;前田 マエダ maeda;岡田 オカダ okada;長谷川 ハセガワ hasegawa;藤田 フジタ fujita;後藤 ゴトウ goto;近藤 コンドウ kondo;村上 ムラカミ murakami;遠藤 エンドウ endo;青木 アオキ aoki;坂本 サカモト sakamoto;福田 フクダ fukuda;太田 オオタ ota;西村 ニシムラ nishimura;藤井 フジイ fujii;金子 カネコ kaneko;岡本 オカモト okamoto;藤原 フジワラ fujiwara;中野 ナカノ nakano;三浦 ミウラ miura;原田 ハラダ harada;中川 ナカガワ nakagawa;松田 マツダ matsuda;竹内 タケウチ takeuchi;小野 オノ ono;田村 タムラ tamura;中山 ナカヤマ nakayama;和田 ワダ wada;石田 イシダ ishida;森田 モリタ morita;上田 ウエダ ueda;原 ハラ hara;内田 ウチダ uchida;柴田 シバタ shibata;酒井 サカイ sakai;宮崎 ミヤザキ miyazaki;横山 ヨコヤマ yokoyama;高木 タカギ takagi;安藤 アンドウ ando;宮本 ミヤモト miyamoto;大野 オオノ ohno;小島 コジマ kojima;谷口 タニグチ taniguchi;工藤 クドウ kudo;今井 イマイ imai;高田 タカダ takada;増田 マスダ masuda;丸山 マルヤマ maruyama;杉山 スギヤマ sugiyama;村田 ムラタ murata;大塚 オオツカ otsuka;新井 アライ arai;小山 コヤマ koyama;平野 ヒラノ hirano;藤本 フジモト fujimoto;河野 コウノ kono;上野 ウエノ ueno;野口 ノグチ noguchi;武田 タケダ takeda;松井 マツイ matsui;千葉 チバ chiba;岩崎 イワサキ iwasaki;菅原 スガワラ sugawara;木下 キノシタ kinoshita;久保 クボ kubo;佐野 サノ sano;野村 ノムラ nomura;松尾 マツオ matsuo;市川 イチカワ ichikawa;菊地 キクチ kikuchi;杉本 スギモト sugimoto;古川 フルカワ furukawa;大西 オオニシ onishi;島田 シマダ shimada;水野 ミズノ mizuno;桜井 サクライ sakurai;高野 タカノ takano;渡部 ワタナベ watanabe;吉川 ヨシカワ yoshikawa;山内 ヤマウチ yamauchi;西田 ニシダ nishida;飯田 イイダ iida;菊池 キクチ kikuchi;西川 ニシカワ nishikawa;小松 コマツ komatsu;北村 キタムラ kitamura;安田 ヤスダ yasuda;五十嵐 イガラシ igarashi;川口 カワグチ kawaguchi;平田 ヒラタ hirata;関 セキ seki;中田 ナカタ nakata;久保田 クボタ kubota;服部 ハットリ hattori;東 ヒガシ higashi;岩田 イワタ iwata;土屋 ツチヤ tsuchiya;川崎 カワサキ kawasaki;福島 フクシマ fukushima;本田 ホンダ honda;辻 ツジ tsuji;樋口 ヒグチ higuchi;永井 ナガイ nagai;浜田 ハマダ hamada;広瀬 ヒロセ hirose;沢田 サワダ sawada;黒沢 クロサワ kurosawa;瀬戸 セト seto;徳永 トクナガ tokunaga;柳田 ヤナギダ yanagida;嶋村 シマムラ shimamura;国分 コクブン kokubun;渋谷 シブヤ shibuya;真鍋 マナベ manabe;関口 セキグチ sekiguchi;滝本 タキモト takimoto;桑原 クワバラ kuwabara;館野 タテノ tateno;富永 トミナガ tominaga;峰岸 ミネギシ minegishi;曽根 ソネ sone;辺見 ヘンミ hemmi;伊東 イトウ ito;大田 オオタ ota";
/// Given names with readings and romanisation.
const GIVENS: &str = "太郎 タロウ taro;花子 ハナコ hanako;健太 ケンタ kenta;翔太 ショウタ shota;大輔 ダイスケ daisuke;拓也 タクヤ takuya;直樹 ナオキ naoki;和也 カズヤ kazuya;達也 タツヤ tatsuya;翔 ショウ sho;健太郎 ケンタロウ kentaro;優 ユウ yu;愛 アイ ai;彩 アヤ aya;美咲 ミサキ misaki;優子 ユウコ yuko;裕子 ユウコ yuko;恵 メグミ megumi;沙織 サオリ saori;麻衣 マイ mai;千尋 チヒロ chihiro;真由美 マユミ mayumi;陽子 ヨウコ yoko;智子 トモコ tomoko;由美子 ユミコ yumiko;理恵 リエ rie;香織 カオリ kaori;明美 アケミ akemi;直子 ナオコ naoko;久美子 クミコ kumiko;雄太 ユウタ yuta;祐介 ユウスケ yusuke;雄介 ユウスケ yusuke;洋平 ヨウヘイ yohei;浩二 コウジ koji;誠 マコト makoto;学 マナブ manabu;剛 ツヨシ tsuyoshi;哲也 テツヤ tetsuya;浩 ヒロシ hiroshi;博 ヒロシ hiroshi;隆 タカシ takashi;純一 ジュンイチ junichi;慎一 シンイチ shinichi;真一 シンイチ shinichi;康平 コウヘイ kohei;亮 リョウ ryo;涼 リョウ ryo;悠人 ユウト yuto;大樹 ダイキ daiki;陸 リク riku;蓮 レン ren;颯太 ソウタ sota;陽菜 ヒナ hina;結衣 ユイ yui;葵 アオイ aoi;凛 リン rin;さくら サクラ sakura;ひかり ヒカリ hikari;萌 モエ moe;桃子 モモコ momoko;菜々子 ナナコ nanako;奈々 ナナ nana;美穂 ミホ miho;志保 シホ shiho;里奈 リナ rina;瞳 ヒトミ hitomi;遥 ハルカ haruka;春香 ハルカ haruka;楓 カエデ kaede;茜 アカネ akane;栞 シオリ shiori;佳奈 カナ kana;加奈 カナ kana;真央 マオ mao;莉子 リコ riko;一郎 イチロウ ichiro;次郎 ジロウ jiro;三郎 サブロウ saburo;正 タダシ tadashi;弘 ヒロシ hiroshi;修 オサム osamu;俊介 シュンスケ shunsuke;駿 シュン shun;圭 ケイ kei;恵子 ケイコ keiko;慶子 ケイコ keiko;龍太 リュウタ ryuta;竜也 タツヤ tatsuya;晃 アキラ akira;昇 ノボル noboru;徳子 ノリコ noriko;礼子 レイコ reiko;静香 シズカ shizuka;栄一 エイイチ eiichi;寿人 ヒサト hisato;聡 サトシ satoshi;智 サトシ satoshi;敏行 トシユキ toshiyuki;高志 タカシ takashi;将太 ショウタ shota;桜子 サクラコ sakurako;真理 マリ mari;絵美 エミ emi;宏樹 ヒロキ hiroki;弘樹 ヒロキ hiroki;大地 ダイチ daichi;海斗 カイト kaito;悠 ユウ yu;希 ノゾミ nozomi;望 ノゾミ nozomi;綾乃 アヤノ ayano;友香 ユカ yuka;由佳 ユカ yuka;純子 ジュンコ junko;順子 ジュンコ junko";
/// The 19 basic specialties in the official order.
pub const SPECIALTIES: [&str; 19] = [
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
const PLACES: [&str; 12] =
    ["青葉", "若葉", "みどり野", "桜台", "港北", "東雲", "白浜", "朝日", "北嶺", "南風", "月見", "星川"];
const DOMAINS: [&str; 5] = ["example.jp", "example.ac.jp", "mail.example.jp", "med.example.ac.jp", "example.com"];

/// One part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamePart {
    /// As written.
    pub kanji: &'static str,
    /// In katakana.
    pub kana: &'static str,
    /// In Latin letters.
    pub romaji: &'static str,
}

/// Invented registrations and who is who.
#[derive(Debug, Default)]
pub struct Population {
    /// The registrations.
    pub accounts: Vec<AccountRecord>,
    /// The person behind each registration: two registrations of one person have one number here.
    pub people: Vec<usize>,
    /// Places of twins.
    pub twins: Vec<(usize, usize)>,
    /// Names in Latin letters, by place.
    pub romaji: Vec<(&'static str, &'static str)>,
}

/// Invents people from a seed.
#[derive(Debug)]
pub struct Synth {
    random: Random,
    families: Vec<NamePart>,
    givens: Vec<NamePart>,
}

impl Synth {
    /// A source of people.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::seeded(seed), families: parts(FAMILIES), givens: parts(GIVENS) }
    }

    /// A number below `below`.
    pub fn below(&self, below: usize) -> usize {
        usize::try_from(self.random.below(u64::try_from(below.max(1)).unwrap_or(1))).unwrap_or(0)
    }

    /// True in `percent` of a hundred calls.
    pub fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A family name, frequent ones more often.
    pub fn family(&self) -> NamePart {
        let at = self.below(self.families.len()).min(self.below(self.families.len()));
        self.families[at]
    }

    /// A given name.
    pub fn given(&self) -> NamePart {
        self.givens[self.below(self.givens.len())]
    }

    /// About `count` registrations with numbers in sequence (93 of 100 of each year's), twins, siblings, marriages, namesakes
    /// and double registrations. Dates lie before `today`.
    pub fn population(&self, count: usize, today: NaiveDate) -> Population {
        let mut population = Population::default();
        let mut number = 612_000 - i64::try_from(count).unwrap_or(0) * 100 / 90;
        let years = i32::try_from(count / 9_000).unwrap_or(0) + 1;
        let mut person = 0;
        while population.accounts.len() < count {
            number += if self.chance(93) { 1 } else { 2 };
            let done = i32::try_from(population.accounts.len() * usize::try_from(years).unwrap_or(1) / count.max(1))
                .unwrap_or(0);
            let licence_year = today.year() - years + done;
            let birthdate = self.birthdate(licence_year);
            let family = self.family();
            let given = self.given();
            let account = self.register(number, birthdate, family, given, licence_year, today);
            self.push(&mut population, account, person, family, given);
            let at = population.accounts.len() - 1;
            person += 1;
            if self.chance(1) {
                number += i64::try_from(1 + self.below(3)).unwrap_or(1);
                let other = self.other_given(given);
                let mut twin = self.register(number, birthdate, family, other, licence_year, today);
                twin.phone = if self.chance(30) { population.accounts[at].phone.clone() } else { twin.phone };
                self.push(&mut population, twin, person, family, other);
                population.twins.push((at, population.accounts.len() - 1));
                person += 1;
            }
            if self.below(200) == 0 {
                // A namesake, with another birthdate.
                number += 1;
                let namesake = self.register(number, self.birthdate(licence_year), family, given, licence_year, today);
                self.push(&mut population, namesake, person, family, given);
                person += 1;
            }
            if self.below(67) == 0 {
                let again = self.register_again(&population.accounts[at], today);
                let owner = population.people[at];
                self.push(&mut population, again, owner, family, given);
            }
        }
        population
    }

    fn push(
        &self,
        population: &mut Population,
        mut account: AccountRecord,
        person: usize,
        family: NamePart,
        given: NamePart,
    ) {
        account.account_id = format!("A{:06}", population.accounts.len() + 1);
        population.accounts.push(account);
        population.people.push(person);
        population.romaji.push((family.romaji, given.romaji));
    }

    fn birthdate(&self, licence_year: i32) -> NaiveDate {
        // Most are 24 to 27 when licensed, some much older.
        let age = 24 + self.below(3) + if self.chance(15) { self.below(15) } else { 0 };
        let first = NaiveDate::from_ymd_opt(licence_year - i32::try_from(age).unwrap_or(25), 4, 2).unwrap_or_default();
        first + Duration::days(i64::try_from(self.below(365)).unwrap_or(0))
    }

    /// Another given name than this one, read differently.
    pub fn other_given(&self, given: NamePart) -> NamePart {
        loop {
            let other = self.given();
            if other.kana != given.kana {
                return other;
            }
        }
    }

    /// One registration.
    fn register(
        &self,
        number: i64,
        birthdate: NaiveDate,
        family: NamePart,
        given: NamePart,
        licence_year: i32,
        today: NaiveDate,
    ) -> AccountRecord {
        let number = RegistrationNumber::new(number).unwrap_or(RegistrationNumber::SMALLEST);
        let mut account = AccountRecord::new("", number, Birthdate::new(birthdate), family.kanji, given.kanji);
        account.family_kana = family.kana.to_owned();
        account.given_kana = given.kana.to_owned();
        if self.chance(8) {
            account.former_names = vec![self.family().kanji.to_owned()];
        }
        account.email = self.email(family, given);
        account.phone = format!("0{}0-{:04}-{:04}", 7 + self.below(3), self.below(10_000), self.below(10_000));
        let entry = i64::from(licence_year) + 2;
        account.entry_fiscal_year = Some(entry);
        let trains = entry <= i64::from(today.year());
        account.phase = Some(if trains { Phase::Trainee } else { Phase::Applicant });
        let specialty = SPECIALTIES[self.below(SPECIALTIES.len()).min(self.below(SPECIALTIES.len() + 5)).min(18)];
        account.specialty = specialty.to_owned();
        account.program = format!("{}大学病院{specialty}専門研修プログラム", PLACES[self.below(PLACES.len())]);
        let director = (self.family(), self.given());
        account.director_name = format!("{} {}", director.0.kanji, director.1.kanji);
        account.director_email = self.email(director.0, director.1);
        account.application_state = Some(if trains {
            ApplicationState::Accepted
        } else {
            ApplicationState::ALL[self.below(ApplicationState::ALL.len())]
        });
        let day = today - Duration::days(i64::try_from(1 + self.below(700)).unwrap_or(1));
        let registered = day.and_time(NaiveTime::default()).and_utc()
            + Duration::minutes(i64::try_from(self.below(1_400)).unwrap_or(0));
        account.registered_at = Some(registered);
        account.login_mail_sent_at = Some(registered + Duration::minutes(2));
        account.login_mail_state = Some(if self.chance(6) {
            LoginMailState::Bounced
        } else if self.chance(15) {
            LoginMailState::Sent
        } else {
            LoginMailState::Opened
        });
        if self.chance(4) {
            account.temporary_password_issued_at = Some(registered + Duration::days(1));
        }
        account.licence_image = Some(if self.chance(6) {
            LicenceImage::Provisional
        } else if self.chance(3) {
            LicenceImage::None
        } else {
            LicenceImage::Licence
        });
        account
    }

    /// The same person once more: often with the same number, sometimes with a slip in it, with another address or name.
    fn register_again(&self, first: &AccountRecord, today: NaiveDate) -> AccountRecord {
        let mut again = first.clone();
        match self.below(10) {
            0..=2 => {
                let near = first.registration_number.one_slip_away();
                again.registration_number =
                    near.get(self.below(near.len())).copied().unwrap_or(first.registration_number);
            }
            3 => {
                again.birthdate = Birthdate::new(
                    first
                        .birthdate
                        .date()
                        .with_year(first.birthdate.date().year() + 1)
                        .unwrap_or(first.birthdate.date()),
                )
            }
            _ => {}
        }
        if self.chance(60) {
            again.email = format!("second{}@example.jp", self.below(1_000_000));
        }
        if self.chance(10) && again.registration_number == first.registration_number {
            let married = self.family();
            again.former_names = vec![first.family_name.clone()];
            again.family_name = married.kanji.to_owned();
            again.family_kana = married.kana.to_owned();
        }
        again.registered_at = first
            .registered_at
            .map(|at| at + Duration::hours(30))
            .filter(|at| at.date_naive() <= today)
            .or(first.registered_at);
        again.login_mail_state = Some(LoginMailState::Sent);
        again.temporary_password_issued_at = if self.chance(50) { again.registered_at } else { None };
        again
    }

    fn email(&self, family: NamePart, given: NamePart) -> String {
        let separator = ["", ".", "_", "-"][self.below(4)];
        format!(
            "{}{separator}{}{}@{}",
            given.romaji,
            family.romaji,
            self.below(100_000),
            DOMAINS[self.below(DOMAINS.len())]
        )
    }
}

fn parts(list: &'static str) -> Vec<NamePart> {
    list.split(';')
        .filter_map(|entry| {
            let mut words = entry.split(' ');
            Some(NamePart { kanji: words.next()?, kana: words.next()?, romaji: words.next()? })
        })
        .collect()
}
