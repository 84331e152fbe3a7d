//! The locks between processes: what they promise when whoever holds them, waits for them or is just taking or
//! releasing them is killed. The memory is shared by fork, as a daemon's is with its transactions.

mod condvar;
mod family;
mod mutex;
mod once;
mod robust_list;
mod rwlock;
mod semaphore;
