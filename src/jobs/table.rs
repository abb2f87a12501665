//! Everything that happens by itself at a time of day. Times are Japan Standard Time: second minute hour day month
//! weekday. What goes on all the time (delivery, inbox, matching, index) is a service instead.

use std::sync::Arc;

use super::auto_close::AutoClose;
use super::backup::Backup;
use super::edges::Edges;
use super::erase_images::EraseImages;
use super::find_duplicates::FindDuplicates;
use super::follow_withdrawals::FollowWithdrawals;
use super::index_check::IndexCheck;
use super::remind_deadlines::RemindDeadlines;
use super::remind_provisional::RemindProvisional;
use super::remind_waiting::RemindWaiting;
use super::review_rules::ReviewRules;
use super::sweep::Sweep;
use super::tell_linked::TellLinked;
use super::{Job, Schedule};
use crate::desk::flows::season;
use crate::desk::{Context, Lang};
use crate::platform::queue::{CatchUp, CronFault};

/// One line of the table.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name, for `madoguchi jobs run NAME` and the staff page.
    pub name: &'static str,
    /// When.
    pub cron: &'static str,
    /// What is made up for after downtime.
    pub catch_up: CatchUp,
    /// What it does, in Japanese and in English.
    about: [&'static str; 2],
    make: fn(&Context) -> Arc<dyn Job>,
}

impl Entry {
    /// What it does.
    pub fn about(&self, lang: Lang) -> &'static str {
        lang.t(self.about[0], self.about[1])
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).field("cron", &self.cron).finish_non_exhaustive()
    }
}

/// The schedules, in the order of the day.
pub const TABLE: &[Entry] = &[
    // At night, when nobody is signed in; the copy before anything of it is swept or erased.
    Entry {
        name: "backup",
        cron: "0 30 2 * * *",
        catch_up: CatchUp::Last,
        about: [
            "窓口全体の写し(データベースと保存ファイル)を作り、書いたものを読み返して確かめます。設定 backup.folder があるときだけです",
            "Writes a copy of the whole desk (database and stored files) and reads it back; only where backup.folder is set",
        ],
        make: |ctx| Arc::new(Backup(ctx.clone())),
    },
    Entry {
        name: "sweep",
        cron: "0 10 3 * * *",
        catch_up: CatchUp::Last,
        about: [
            "期限の切れたログイン、一回限りのリンク、ログイン失敗の記録、90日より前の実行記録を片付けます",
            "Forgets ended sessions, one-time links, failed sign-ins and runs older than 90 days",
        ],
        make: |_| Arc::new(Sweep),
    },
    Entry {
        name: "erase_images",
        cron: "0 20 3 * * *",
        catch_up: CatchUp::Last,
        about: [
            "差し替え・差し戻しから30日(設定による)たった画像と、送られなかった画像を消去します。対象は「画像」のページで見られます",
            "Erases images replaced or returned 30 days ago (a setting) and those never sent; the page of images shows which",
        ],
        make: |ctx| Arc::new(EraseImages(ctx.clone())),
    },
    Entry {
        name: "find_duplicates",
        cron: "0 40 3 * * *",
        catch_up: CatchUp::Last,
        about: [
            "登録情報の写しから、同じ方の二重登録と思われる組を探し、一覧を更新します",
            "Looks through the mirror for registrations that are one person's and brings their list up to date",
        ],
        make: |_| Arc::new(FindDuplicates),
    },
    Entry {
        name: "index_check",
        cron: "0 0 4 * * *",
        catch_up: CatchUp::Last,
        about: [
            "検索の索引をデータベースと比べ、違えば作り直します",
            "Compares the search index with the database and has it filled anew when they differ",
        ],
        make: |ctx| Arc::new(IndexCheck(ctx.clone())),
    },
    // At night, and at every edge of the season (planned by `flows::season`).
    Entry {
        name: season::EDGES.0,
        cron: season::EDGES.1,
        catch_up: season::EDGES.2,
        about: [
            "募集期間の開始・締切・結果通知の時刻ごとに一度、記録を残します。毎晩、進行中の受付の締切が日程と合っているかを確かめます",
            "Leaves a line at each opening, close and notice of results, once; every night it checks that open tickets fit the season",
        ],
        make: |_| Arc::new(Edges),
    },
    // Before the reminders: after downtime nobody is reminded and closed in the same minute.
    Entry {
        name: "auto_close",
        cron: "0 50 8 * * *",
        catch_up: CatchUp::Last,
        about: [
            "おたずねから14日(設定による)お返事のない受付を完了にします。締切の48時間前からは行いません",
            "Closes tickets whose requester has not answered for 14 days (a setting); not within 48 hours before an edge",
        ],
        make: |ctx| Arc::new(AutoClose(ctx.clone())),
    },
    // In the morning, so that an answer can still come the same day.
    Entry {
        name: "remind_waiting",
        cron: "0 0 9 * * *",
        catch_up: CatchUp::Last,
        about: [
            "おたずねから7日(設定による)お返事のない方に、一度だけ督促のメールを送ります",
            "Reminds requesters who have not answered for 7 days (a setting), once in each spell of waiting",
        ],
        make: |ctx| Arc::new(RemindWaiting(ctx.clone())),
    },
    Entry {
        name: "remind_provisional",
        cron: "0 10 9 * * *",
        catch_up: CatchUp::Last,
        about: [
            "仮の画像で登録した方に、14・30・60日後(設定による)と、応募の締切の前に、差し替えのお願いを送ります",
            "Reminds those with a provisional image after 14, 30 and 60 days (a setting) and before a window closes",
        ],
        make: |ctx| Arc::new(RemindProvisional(ctx.clone())),
    },
    Entry {
        name: "follow_withdrawals",
        cron: "0 12 9 * * *",
        catch_up: CatchUp::Last,
        about: [
            "採用辞退の受付を登録情報の写しに合わせて進め、2日返事のない統括責任者に(応募の締切の3日前からは毎日)連絡します",
            "Moves withdrawals along with the mirror and writes to directors silent for 2 days (daily from 3 days before a close)",
        ],
        make: |ctx| Arc::new(FollowWithdrawals(ctx.clone())),
    },
    Entry {
        name: "review_rules",
        cron: "0 16 9 * * *",
        catch_up: CatchUp::Last,
        about: [
            "確かめた期限が60日以内に切れる規則の表について、責任者に見直しを一度だけ頼みます",
            "Asks leads once to review tables of rules that are known to hold for 60 days or less",
        ],
        make: |ctx| Arc::new(ReviewRules(ctx.clone())),
    },
    // At the hours that lie 3, 24, 72 and 168 hours before noon (and before 18:00), while people are awake.
    Entry {
        name: "remind_deadlines",
        cron: "0 0 9,12,15 * * *",
        catch_up: CatchUp::Last,
        about: [
            "締切のお知らせを希望した方に締切の7日前・3日前・24時間前・3時間前に、種別ごとの約束がある方に決まった日数の前に(研修開始の遅れの応募、転科の相談など)、段階ごとに1通だけ知らせます。職員には72時間前・24時間前・3時間前に関わる受付の数を知らせます。過ぎた締切については送りません",
            "One mail for each step of a deadline: 7 days, 3 days, 24 hours and 3 hours before a close to those who asked for it, and as their kind of inquiry says; staff hear 72, 24 and 3 hours before what still touches it; never of one that has passed",
        ],
        make: |ctx| Arc::new(RemindDeadlines::new(ctx)),
    },
    // After the reminders.
    Entry {
        name: "tell_linked",
        cron: "0 5 9 * * *",
        catch_up: CatchUp::Last,
        about: [
            "データ連携が終わった領域・年度をお待ちの方に、一度だけ知らせます",
            "Tells those who wait for the data linkage of a specialty and year, once",
        ],
        make: |ctx| Arc::new(TellLinked(ctx.clone())),
    },
];

/// The schedules with their work.
///
/// # Errors
/// When a pattern of the table is wrong, which a test rules out.
pub fn schedules(ctx: &Context) -> Result<Vec<Schedule>, CronFault> {
    TABLE.iter().map(|entry| Schedule::new(entry.name, entry.cron, entry.catch_up, (entry.make)(ctx))).collect()
}
