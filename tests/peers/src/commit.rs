//! One row of 64 bytes of 65,536, changed in a transaction of its own, in memory.

use crate::Result;
use crate::turn::{against, ask, timed};
use heed::types::Bytes;
use heed::{CommitOrAbort, EnvFlags, EnvOpenOptions};
use perennial_peers::shared::Job;
use redb::ReadableDatabase;
use std::path::Path;

/// Rows.
const ROWS: u64 = 65_536;
/// Commits in a batch.
const COMMITS: u64 = 512;
/// Batches.
const BATCHES: usize = 100;

/// The row that is changed next: as scattered as perennial's.
fn row(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9) % ROWS
}

/// Prints the section.
pub fn measure(folder: &Path) -> Result<()> {
    let ours = || ask(Job::Commits);
    sqlite(ours)?;
    lmdb(folder, ours)?;
    redb(ours)
}

fn sqlite(ours: impl FnMut() -> Result<u64>) -> Result<()> {
    let database = rusqlite::Connection::open_in_memory()?;
    database.execute_batch("CREATE TABLE rows (id INTEGER PRIMARY KEY, value BLOB NOT NULL); BEGIN")?;
    let mut insert = database.prepare("INSERT INTO rows VALUES (?1, ?2)")?;
    for id in 0..ROWS {
        insert.execute((id as i64, [0_u8; 64]))?;
    }
    drop(insert);
    database.execute_batch("COMMIT")?;
    // Outside of an explicit transaction, each statement is one.
    let mut update = database.prepare("UPDATE rows SET value = ?2 WHERE id = ?1")?;
    against("commit", "sqlite_memory", None, BATCHES, ours, || {
        timed(COMMITS, |n| {
            let changed = update.execute((row(n) as i64, [n as u8; 64]))?;
            if changed == 1 { Ok(()) } else { Err("no such row".into()) }
        })
    })
}

fn lmdb(folder: &Path, ours: impl FnMut() -> Result<u64>) -> Result<()> {
    let place = folder.join("lmdb");
    std::fs::create_dir_all(&place)?;
    let mut options = EnvOpenOptions::new();
    options.map_size(64 << 20);
    // SAFETY: the folder is this process's own; that nothing is synchronised is what is measured.
    let environment = unsafe { options.flags(EnvFlags::NO_SYNC | EnvFlags::WRITE_MAP).open(&place)? };
    let created =
        environment.create_databases_and_commit(environment.write_txn()?, |opener, transaction| {
            opener.create_database::<Bytes, Bytes>(transaction, None).map(CommitOrAbort::<_, ()>::Commit)
        })?;
    let database = created.unwrap_commit();
    let mut transaction = environment.write_txn()?;
    for id in 0..ROWS {
        database.put(&mut transaction, &id.to_be_bytes(), &[0; 64])?;
    }
    transaction.commit()?;
    against("commit", "lmdb_nosync", Some(0.4), BATCHES, ours, || {
        timed(COMMITS, |n| {
            let mut transaction = environment.write_txn()?;
            database.put(&mut transaction, &row(n).to_be_bytes(), &[n as u8; 64])?;
            Ok(transaction.commit()?)
        })
    })
}

fn redb(ours: impl FnMut() -> Result<u64>) -> Result<()> {
    const TABLE: redb::TableDefinition<u64, &[u8]> = redb::TableDefinition::new("rows");
    let database = redb::Builder::new().create_with_backend(redb::backends::InMemoryBackend::new())?;
    let transaction = database.begin_write()?;
    {
        let mut table = transaction.open_table(TABLE)?;
        for id in 0..ROWS {
            table.insert(id, [0_u8; 64].as_slice())?;
        }
    }
    transaction.commit()?;
    against("commit", "redb_memory", None, BATCHES, ours, || {
        timed(COMMITS / 8, |n| {
            let transaction = database.begin_write()?;
            transaction.open_table(TABLE)?.insert(row(n), [n as u8; 64].as_slice())?;
            Ok(transaction.commit()?)
        })
    })?;
    let row = database.begin_read()?.open_table(TABLE)?.get(row(1))?;
    if row.is_some_and(|row| row.value()[0] == 1) { Ok(()) } else { Err("redb lost a row".into()) }
}
