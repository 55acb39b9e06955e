/*
** The engine as one translation unit: the SQLite amalgamation, then what must see its internals:
** rows and waiting, below, and in files of their own databases on file descriptors, who reads a log, and locks.
**
** Of rows, this only reads. Numbers are taken, and texts and blobs borrowed, from the virtual
** machine's result registers in one call per row, which costs a quarter to a third less than one
** sqlite3_column_*() call per cell.
** Because this file is compiled together with the very amalgamation that is linked, the compiler
** resolves every field: no offset is written down anywhere.
*/
#include "sqlite3.c"

#if SQLITE_VERSION_NUMBER < 3051003 || SQLITE_VERSION_NUMBER == 3052000
# error "this SQLite can corrupt WAL databases or was withdrawn"
#endif
#ifndef SQLITE_UDL_CAPABLE_PARSER
# error "the amalgamation must be generated with SQLITE_UDL_CAPABLE_PARSER"
#endif

/*
** A value that does not fit into its slot: a TEXT, a BLOB, or an INTEGER beyond 32 bits that is
** wanted whole. Mirrored by RawValue in src/sqlite/row.rs.
*/
typedef struct FrlValue {
  int column;
  int kind;            /* SQLITE_TEXT, SQLITE_BLOB or SQLITE_INTEGER */
  sqlite3_int64 size;  /* bytes of a TEXT or BLOB */
  union {
    sqlite3_int64 integer;
    const void *bytes; /* NULL when size is 0 */
  } value;
} FrlValue;

_Static_assert(sizeof(FrlValue) == 24, "FrlValue is mirrored in Rust");
_Static_assert(SQLITE_MAX_VARIABLE_NUMBER <= 32766, "the parameter buffer has a slot for each");
_Static_assert(SQLITE_MAX_COLUMN <= 4096, "a row must fit into the cells of one batch");

/* TAG_INT32 and TAG_NULL of src/batch/layout.rs, as the high word of a slot. */
#define FRL_INT32 ((sqlite3_uint64)0xffffffff<<32)
#define FRL_NULL ((sqlite3_uint64)0xfffffffd<<32)

/*
** Reads one value. A number and NULL go into *pSlot, in the form that docs/row-batch.md describes: an
** INTEGER within 32 bits tagged, another one as the nearest double unless bWhole. Returns 0 then. All
** other values go to *pValue, except for their column; TEXT is UTF-8. Returns 1 then, and -1 when memory
** ran out. Pointers live until pMem changes.
*/
static inline int frl_value(Mem *pMem, sqlite3_uint64 *pSlot, int bWhole, FrlValue *pValue){
  int f = pMem->flags;
  double r;
  /* The order is that of sqlite3_value_type(): a number that was also rendered as text is a number. */
  if( f & MEM_Null ){
    *pSlot = FRL_NULL;
    return 0;
  }else if( f & MEM_Int ){
    sqlite3_int64 v = pMem->u.i;
    if( v==(int)v ){
      *pSlot = FRL_INT32 | (unsigned int)v;
      return 0;
    }
    if( bWhole ){
      pValue->kind = SQLITE_INTEGER;
      pValue->size = 0;
      pValue->value.integer = v;
      return 1;
    }
    r = (double)v;
  }else if( f & MEM_Real ){
    r = pMem->u.r;
  }else if( f & MEM_IntReal ){
    r = (double)pMem->u.i;
  }else{
    if( f & MEM_Str ){
      pValue->kind = SQLITE_TEXT;
      if( pMem->enc==SQLITE_UTF8 && (f & MEM_Zero)==0 ){
        pValue->value.bytes = pMem->z;
        pValue->size = pMem->n;
      }else{
        /* A UTF-16 database: converted in place. The pointer before the length, which it changes. */
        pValue->value.bytes = sqlite3_value_text((sqlite3_value*)pMem);
        if( pValue->value.bytes==0 ) return -1;
        pValue->size = sqlite3_value_bytes((sqlite3_value*)pMem);
      }
    }else{
      pValue->kind = SQLITE_BLOB;
      if( f & MEM_Zero ){
        /* zeroblob(N): expanded in place. */
        pValue->value.bytes = sqlite3_value_blob((sqlite3_value*)pMem);
        pValue->size = sqlite3_value_bytes((sqlite3_value*)pMem);
        if( pValue->value.bytes==0 && pValue->size>0 ) return -1;
      }else{
        pValue->value.bytes = pMem->z;
        pValue->size = pMem->n;
      }
    }
    return 1;
  }
  /* SQLite makes NULL of every NaN; another one must not be read as a tag. */
  if( r!=r ){
    *pSlot = FRL_NULL;
  }else{
    memcpy(pSlot, &r, sizeof(r));
  }
  return 0;
}

/*
** Reads the row that pStmt stands on, and returns its number of columns, 0 without a row, or -1
** when memory ran out. Where that is more than nSlot, nothing else is done.
**
** Numbers and NULL go into the slot of their column, all other values to aValue, which has room for
** nSlot of them; *pnValue is how many there are. See frl_value().
** The pointers live until pStmt is stepped, reset or finalized.
*/
int frl_row(
  sqlite3_stmt *pStmt,
  sqlite3_uint64 *aSlot, int nSlot,
  int bWhole,
  FrlValue *aValue, int *pnValue
){
  Vdbe *p = (Vdbe*)pStmt;
  Mem *pMem = p->pResultRow;
  int n = p->nResColumn;
  FrlValue *pValue = aValue;
  int i;
  *pnValue = 0;
  if( pMem==0 ) return 0;
  if( n>nSlot ) return n;
  for(i=0; i<n; i++, pMem++){
    int got = frl_value(pMem, &aSlot[i], bWhole, pValue);
    if( got<0 ) return -1;
    if( got>0 ) pValue->column = i;
    pValue += got;
  }
  *pnValue = (int)(pValue - aValue);
  return n;
}

/*
** Reads the arguments of a function, as frl_row() does a row; aSlot and aValue have room for n. Returns
** how many are in aValue, or -1 when memory ran out. The pointers live until the function returns.
*/
int frl_arguments(
  sqlite3_value **apArg, int n,
  sqlite3_uint64 *aSlot,
  int bWhole,
  FrlValue *aValue
){
  FrlValue *pValue = aValue;
  int i;
  for(i=0; i<n; i++){
    int got = frl_value((Mem*)apArg[i], &aSlot[i], bWhole, pValue);
    if( got<0 ) return -1;
    if( got>0 ) pValue->column = i;
    pValue += got;
  }
  return (int)(pValue - aValue);
}

/*
** Whether a statement of db is being executed or compiled by a call that has not returned yet.
** sqlite3_stmt_busy() cannot tell that from a statement that waits on a row for its next step.
*/
int frl_is_executing(sqlite3 *db){
  return db->nVdbeExec>0 || db->pParse!=0;
}

/*
** Copies all pages of a schema, as the connection sees them, to aOut and returns SQLite's code.
** *pnByte receives the size of the database; nothing is copied unless nOut is exactly that.
**
** A statement that reads the schema is open. The page that SQLite keeps for file locks is never
** used and cannot be read: it is zeros, as in the file.
*/
int frl_image(sqlite3 *db, const char *zSchema, unsigned char *aOut, sqlite3_int64 nOut, sqlite3_int64 *pnByte){
  Btree *pBt = db->aDb[sqlite3FindDbName(db, zSchema)].pBt;
  Pager *pPager = sqlite3BtreePager(pBt);
  int szPage = sqlite3BtreeGetPageSize(pBt);
  Pgno nPage = sqlite3BtreeLastPage(pBt);
  Pgno pgno;
  int rc = SQLITE_OK;
  *pnByte = (sqlite3_int64)szPage * nPage;
  if( nOut!=*pnByte ) return SQLITE_OK;
  for(pgno=1; rc==SQLITE_OK && pgno<=nPage; pgno++, aOut+=szPage){
    DbPage *pPage = 0;
    if( pgno==PAGER_SJ_PGNO(pPager) ){
      memset(aOut, 0, szPage);
      continue;
    }
    rc = sqlite3PagerGet(pPager, pgno, &pPage, PAGER_GET_READONLY);
    if( rc==SQLITE_OK ) memcpy(aOut, sqlite3PagerGetData(pPage), szPage);
    sqlite3PagerUnref(pPage);
  }
  return rc;
}

/*
** Puts xBusy in the place of SQLite's own waiting for locks, where that is in force. The timeout
** stays what it is: frl_wait() and PRAGMA busy_timeout read it. pArg is handed to xBusy.
*/
void frl_take_over_waiting(sqlite3 *db, int (*xBusy)(void*,int), void *pArg){
  int ms = db->busyTimeout;
  if( db->busyHandler.xBusyHandler!=sqliteDefaultBusyCallback ) return;
  sqlite3_busy_handler(db, xBusy, pArg);
  db->busyTimeout = ms;
}

/*
** Waits as SQLite itself does when a lock was found held for the count-th time. Returns 0 when the
** timeout is over.
*/
int frl_wait(sqlite3 *db, int count){
  return sqliteDefaultBusyCallback(db, count);
}

/* How long a statement of db waits for a lock, in milliseconds: of PRAGMA busy_timeout or of sqlite3_busy_timeout(). */
int frl_busy_timeout(sqlite3 *db){
  return db->busyTimeout;
}

/*
** sqlite3_backup_step() without the busy handler of the source, which would keep the thread for as
** long as another connection keeps its lock.
*/
int frl_backup_step(sqlite3_backup *p, int nPage){
  sqlite3 *db = p->pSrcDb;
  int (*xBusyHandler)(void*,int) = db->busyHandler.xBusyHandler;
  int rc;
  db->busyHandler.xBusyHandler = 0;
  rc = sqlite3_backup_step(p, nPage);
  db->busyHandler.xBusyHandler = xBusyHandler;
  return rc;
}

#include "fd_vfs.c"
#include "wal_readers.c"
#include "locks.c"
