//! Work on many rows, on every core: keys of a mirror, rows of a file, claims of a batch.

use std::num::NonZero;
use std::thread;

/// Below this it is not worth a thread.
const SMALL: usize = 2_000;

/// Maps every item, in order, on all cores.
pub(super) fn map<T: Send, U: Send>(items: Vec<T>, each: impl Fn(T) -> U + Sync) -> Vec<U> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    if items.len() < SMALL || cores < 2 {
        return items.into_iter().map(each).collect();
    }
    let share = items.len().div_ceil(cores);
    let mut items = items.into_iter();
    let shares: Vec<Vec<T>> = std::iter::from_fn(|| {
        let share: Vec<T> = items.by_ref().take(share).collect();
        (!share.is_empty()).then_some(share)
    })
    .collect();
    let each = &each;
    thread::scope(|scope| {
        let workers: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || share.into_iter().map(each).collect::<Vec<U>>()))
            .collect();
        let mut mapped = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(share) => mapped.extend(share),
                // The panic goes on in the caller, where it is contained per request and per job.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        mapped
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_is_kept() {
        let numbers: Vec<usize> = (0..10_001).collect();
        assert_eq!(super::map(numbers.clone(), |n| n * 2), numbers.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(super::map(vec![1, 2], |n| n + 1), [2, 3]);
    }
}
