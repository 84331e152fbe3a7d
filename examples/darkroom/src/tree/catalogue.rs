//! The catalogue: a row for each image and the totals, written to a file at the end.

use super::{EndOfFolder, Ending, Finished, MOST_IMAGES, Place, RESULTS};
use darkroom::catalogue::{self as file, Row};
use darkroom::event::Event;
use darkroom::folder::FileName;
use darkroom::measure::Development;
use perennial::prelude::*;

/// Keeps what became of every image.
#[daemon(mem = "4MiB", max_restarts = 500, within = "1s", backoff = "0ms")]
pub struct Catalogue {
    results: Consumer<Finished, RESULTS>,
    end: Consumer<EndOfFolder, 2>,
    /// A row for each image, in the order in which they ended.
    rows: Array<Entry, MOST_IMAGES>,
    developed: u32,
    set_aside: u32,
    /// How many images there will be, once that is known.
    expected: u32,
    is_expected_known: bool,
}

/// A row as it lies in the state.
#[plain]
pub struct Entry {
    name: FileName,
    width: u32,
    height: u32,
    checksum: u32,
    mean: [u8; 3],
    is_developed: bool,
}

impl Entry {
    fn new(name: FileName, development: Option<Development>) -> Self {
        let Development { width, height, mean, checksum } =
            development.unwrap_or(Development { width: 0, height: 0, mean: [0; 3], checksum: 0 });
        Self { name, width, height, checksum, mean, is_developed: development.is_some() }
    }

    fn row(&self) -> Row {
        let Self { name, width, height, checksum, mean, is_developed } = *self;
        let development = is_developed.then_some(Development { width, height, mean, checksum });
        Row { name, development }
    }
}

impl Catalogue {
    /// Enters one result, in one commit with taking it from the ring; false if there is none.
    fn enter(me: &mut Handle<Self>, place: &Place) -> Result<bool, Error> {
        let entered = me.update(|s| {
            let Some(Finished { name, ending }) = s.results.pop() else {
                return Ok::<_, Error>(None);
            };
            let (development, why) = match ending {
                Ending::Developed(development) => (Some(development), None),
                Ending::SetAside(why) => (None, Some(why)),
            };
            s.rows.set(*s.developed + *s.set_aside, Entry::new(name, development))?;
            *s.developed += u32::from(development.is_some());
            *s.set_aside += u32::from(development.is_none());
            Ok(Some((name, why)))
        })?;
        let Some((name, why)) = entered else {
            return Ok(false);
        };
        if let Some(why) = why {
            place.tell(Event::SetAside { name: name.as_str(), why: &why });
        }
        Self::tell_tally(me, place);
        Ok(true)
    }

    fn tell_tally(me: &Handle<Self>, place: &Place) {
        let state = me.state();
        let (developed, set_aside) = (u64::from(*state.developed), u64::from(*state.set_aside));
        place.tell(Event::Tally { done: developed + set_aside, set_aside });
    }

    /// Takes the end of the folder, once it comes.
    fn note_end(me: &mut Handle<Self>) -> Result<(), Error> {
        me.change(|s| {
            if let Some(EndOfFolder { jobs }) = s.end.pop() {
                *s.expected = jobs;
                *s.is_expected_known = true;
            }
        })?;
        Ok(())
    }

    fn write(me: &Handle<Self>, place: &Place) -> Result<(), Error> {
        let state = me.state();
        let count = *state.developed + *state.set_aside;
        let rows = state.rows.iter().take(count as usize).map(Entry::row);
        file::write(&place.out.join(file::FILE), rows)?;
        Ok(())
    }
}

impl Daemon for Catalogue {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let place = Place::of(me)?;
        place.tell_born(me);
        Self::tell_tally(me, place);
        let mut running = true;
        while running {
            while Self::enter(me, place)? {}
            Self::note_end(me)?;
            let state = me.state();
            if *state.is_expected_known && *state.developed + *state.set_aside == *state.expected {
                break;
            }
            running = me.wait()?.is_running();
        }
        // Also when it was asked to stop before the end: what there is shall not be lost.
        Self::write(me, place)?;
        me.shutdown(0);
        me.wait_for_stop()
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use darkroom::catalogue::Row;
    use darkroom::folder::FileName;
    use darkroom::measure::Development;

    #[test]
    fn a_row_is_the_same_after_lying_in_the_state() {
        let name = FileName::new(b"a.jpg").unwrap();
        let development = Development { width: 3, height: 2, mean: [1, 2, 3], checksum: 4 };
        for development in [Some(development), None] {
            assert_eq!(Entry::new(name, development).row(), Row { name, development });
        }
    }
}
