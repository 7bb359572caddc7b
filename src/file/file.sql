-- step 1
-- A file that somebody sent. Without a hash it is still being uploaded.
CREATE TABLE file (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    hash BLOB,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;

-- What refers to a file: whoever may read the holder (a message, a card) may read the file.
CREATE TABLE file_use (
    org INTEGER NOT NULL,
    file INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (org, file, holder)
) STRICT, WITHOUT ROWID;

-- step 2
-- The former picture of a person is found by its holder.
CREATE INDEX file_use_holder ON file_use (org, holder);

-- step 3
-- Whether any file of any organisation still has these bytes.
CREATE INDEX file_hash ON file (hash);
