/*
** Databases on file descriptors that somebody else has opened.
**
** A VFS over the unix VFS of the amalgamation, included behind it so that it can use what is static
** there: the lock functions and the table of inodes. Its locks therefore are those of every other
** SQLite, connections by path and by descriptor count each other's locks inside one process, and a
** descriptor is never closed while that would drop the locks of another connection.
**
** What a descriptor cannot do, the VFS does otherwise or refuses:
**
**   - a journal has no name: it is never unlinked, deleting it truncates it to nothing;
**   - there is no place for a log or for its shared memory: WAL is refused;
**   - a super-journal would name the journal: transactions over several files are refused;
**   - a file without a name left is lost for everybody else: no new transaction begins on it.
**
** SQLite knows a database here as "fd:NUMBER:SERIAL", and its journal by the same name and "-journal".
** Every other name is passed on to the unix VFS, so ATTACH, VACUUM and temporary files work.
*/

/* Answers of frl_fd_fault(), known to ts/core/descriptors.ts: which promise a descriptor breaks. */
#define FRL_FAULT_NOT_OPEN       1
#define FRL_FAULT_NOT_REGULAR    2
#define FRL_FAULT_NOT_READABLE   3
#define FRL_FAULT_NOT_WRITABLE   4
#define FRL_FAULT_APPEND         5
#define FRL_FAULT_DELETED        6
#define FRL_FAULT_OF_JOURNAL     8  /* Added to the above */
#define FRL_FAULT_SAME_FILE     16
#define FRL_FAULT_WAL           17
#define FRL_FAULT_NO_JOURNAL    18

/* The file control that takes the text of the last refusal: Rust asks for it after SQLITE_CANTOPEN. */
#define FRL_FCNTL_TAKE_REFUSAL 0x46724c01
/* The file control that takes device and number of the database file, two sqlite3_uint64: a backup must not be onto it. */
#define FRL_FCNTL_FILE_NUMBER  0x46724c02

#if SQLITE_OS_UNIX

#if !defined(USE_PREAD) && !defined(USE_PREAD64)
/* lseek() moves the offset that the copies of a descriptor share, under the feet of another thread. */
# error "databases on file descriptors need pread() and pwrite()"
#endif

#define FRL_PREFIX "fd:"
#define FRL_VFS    "ferrolite-fd"
#ifdef SQLITE3MC_VFS_NAME
/* Encryption is a layer over a VFS; without it PRAGMA key would be refused. */
# define FRL_OPEN_VFS "multipleciphers-" FRL_VFS
#else
# define FRL_OPEN_VFS FRL_VFS
#endif

static const char zFrlGone[] =
  "The database file or its journal file was deleted or replaced while the database was open "
  "(the database must be reopened)";
static const char zFrlSuper[] =
  "Transactions that write to multiple databases are not supported by databases opened from file "
  "descriptors";
static const char zFrlWal[] =
  "journal_mode WAL is not supported for databases opened from file descriptors";
static const char zFrlOtherJournal[] =
  "Cannot open database because a different journal file is already being used for this database";
static const char zFrlSharedJournal[] =
  "Cannot open database because its journal file is already being used for a different database";
static const char zFrlBoth[] =
  "Cannot open database because a file cannot be a database and a journal at the same time";

typedef struct FrlInode FrlInode;
struct FrlInode {
  dev_t dev;
  u64 ino;
};

/* One connection on descriptors. Belongs to its main file, or to frl_fd_open() until that is open. */
typedef struct FrlFd FrlFd;
struct FrlFd {
  char zName[40];          /* "fd:NUMBER:SERIAL" */
  int fd;                  /* Ours; that of the main file once it is open */
  int journalFd;           /* Ours; open for as long as the connection */
  int isReadonly;
  FrlInode database;
  FrlInode journal;
  const char *zRefusal;    /* Why the last SQLITE_CANTOPEN, when the reason is one of ours */
  FrlFd *pNext;            /* In frlList */
};

typedef struct FrlFile FrlFile;
struct FrlFile {
  unixFile base;           /* First: the functions of the unix VFS work on it */
  FrlFd *p;
};

/* Every open connection on descriptors, and the next serial number. Hold unixBigLock. */
static FrlFd *frlList = 0;
static i64 frlSerial = 0;

/* The connection that this thread is opening: xOpen takes it, so ATTACH cannot. */
static _Thread_local FrlFd *frlOpening = 0;

static int frlSameInode(const FrlInode *a, const FrlInode *b){
  return a->dev==b->dev && a->ino==b->ino;
}

static void frlInodeOf(const struct stat *pStat, FrlInode *pInode){
  pInode->dev = pStat->st_dev;
  pInode->ino = (u64)pStat->st_ino;
}

static int frlIsDeleted(int fd){
  struct stat st;
  return osFstat(fd, &st)!=0 || st.st_nlink==0;
}

static int frlIsGone(const FrlFd *p){
  return frlIsDeleted(p->fd) || frlIsDeleted(p->journalFd);
}

/* Answers SQLITE_CANTOPEN, and remembers why. */
static int frlRefuse(FrlFd *p, const char *zWhy){
  p->zRefusal = zWhy;
  return SQLITE_CANTOPEN;
}

/*
** The connection with the name zName without zSuffix. It outlives the call: only its own
** connection asks.
*/
static FrlFd *frlFind(const char *zName, const char *zSuffix){
  FrlFd *p;
  unixEnterMutex();
  for(p=frlList; p; p=p->pNext){
    size_t n = strlen(p->zName);
    if( strncmp(zName, p->zName, n)==0 && strncmp(&zName[n], zSuffix, strlen(zSuffix))==0 ) break;
  }
  unixLeaveMutex();
  return p;
}

/*
** Closes a descriptor of ours. POSIX drops all locks that the process has on a file when it closes
** any descriptor of it, so while a connection holds one, the descriptor waits in the list that the
** unix VFS empties with the last lock.
*/
static void frlClose(int fd){
  struct stat st;
  unixEnterMutex();
  if( osFstat(fd, &st)==0 ){
    unixInodeInfo *pInode = inodeList;
    while( pInode && (pInode->fileId.dev!=st.st_dev || pInode->fileId.ino!=(u64)st.st_ino) ){
      pInode = pInode->pNext;
    }
    if( pInode ){
      sqlite3_mutex_enter(pInode->pLockMutex);
      if( pInode->nLock>0 ){
        UnixUnusedFd *pUnused = sqlite3_malloc64(sizeof(*pUnused));
        if( pUnused ){
          pUnused->fd = fd;
          pUnused->flags = 0;
          pUnused->pNext = pInode->pUnused;
          pInode->pUnused = pUnused;
        }
        /* Without memory the descriptor is lost, which is better than the locks. */
        fd = -1;
      }
      sqlite3_mutex_leave(pInode->pLockMutex);
    }
  }
  if( fd>=0 ) robust_close(0, fd, __LINE__);
  unixLeaveMutex();
}

static void frlUnlink(FrlFd *p){
  FrlFd **pp;
  unixEnterMutex();
  for(pp=&frlList; *pp && *pp!=p; pp=&(*pp)->pNext){}
  if( *pp ) *pp = p->pNext;
  unixLeaveMutex();
}

/* Ends a connection whose main file does not have, or no longer has, the descriptor p->fd. */
static void frlFree(FrlFd *p){
  frlUnlink(p);
  if( p->fd>=0 ) frlClose(p->fd);
  if( p->journalFd>=0 ) frlClose(p->journalFd);
  sqlite3_free(p);
}

static int frlDatabaseClose(sqlite3_file *pFile){
  FrlFd *p = ((FrlFile*)pFile)->p;
  int rc = unixClose(pFile);
  p->fd = -1;
  frlFree(p);
  return rc;
}

static int frlDatabaseLock(sqlite3_file *pFile, int eLock){
  FrlFd *p = ((FrlFile*)pFile)->p;
  int rc;
  /* Where a transaction begins, or begins to write. One that writes already may end. */
  if( (eLock==SHARED_LOCK || eLock==RESERVED_LOCK) && frlIsGone(p) ) return frlRefuse(p, zFrlGone);
  rc = unixLock(pFile, eLock);
  if( rc==SQLITE_OK ) p->zRefusal = 0;
  return rc;
}

static int frlDatabaseControl(sqlite3_file *pFile, int op, void *pArg){
  FrlFd *p = ((FrlFile*)pFile)->p;
  switch( op ){
    case FRL_FCNTL_TAKE_REFUSAL: {
      *(const char**)pArg = p->zRefusal;
      p->zRefusal = 0;
      return SQLITE_OK;
    }
    case FRL_FCNTL_FILE_NUMBER: {
      ((sqlite3_uint64*)pArg)[0] = (sqlite3_uint64)p->database.dev;
      ((sqlite3_uint64*)pArg)[1] = (sqlite3_uint64)p->database.ino;
      return SQLITE_OK;
    }
    case SQLITE_FCNTL_PRAGMA: {
      char **azArg = (char**)pArg;
      if( azArg[2] && sqlite3_stricmp(azArg[1], "journal_mode")==0
       && sqlite3_stricmp(azArg[2], "wal")==0
      ){
        azArg[0] = sqlite3_mprintf("%s", zFrlWal);
        return SQLITE_ERROR;
      }
      return SQLITE_NOTFOUND;
    }
    case SQLITE_FCNTL_HAS_MOVED: {
      /* The unix VFS looks for the name. */
      *(int*)pArg = frlIsDeleted(p->fd);
      return SQLITE_OK;
    }
    case SQLITE_FCNTL_MMAP_SIZE: {
      return SQLITE_NOTFOUND;
    }
  }
  return unixFileControl(pFile, op, pArg);
}

static int frlJournalClose(sqlite3_file *pFile){
  memset(pFile, 0, sizeof(unixFile));
  return SQLITE_OK;
}

/* Version 1: without shared memory, which WAL needs, and without memory-mapped pages. */
#define FRL_IOMETHODS(CLOSE, LOCK, UNLOCK, CKLOCK, CONTROL) { 1, \
  CLOSE, unixRead, unixWrite, unixTruncate, unixSync, unixFileSize, LOCK, UNLOCK, CKLOCK, CONTROL, \
  unixSectorSize, unixDeviceCharacteristics, 0, 0, 0, 0, 0, 0 }
static const sqlite3_io_methods frlDatabaseMethods =
  FRL_IOMETHODS(frlDatabaseClose, frlDatabaseLock, unixUnlock, unixCheckReservedLock,
                frlDatabaseControl);
static const sqlite3_io_methods frlJournalMethods =
  FRL_IOMETHODS(frlJournalClose, nolockLock, nolockUnlock, nolockCheckReservedLock, unixFileControl);

static void frlFillIn(FrlFile *pFile, sqlite3_vfs *pVfs, const char *zName, FrlFd *p, int fd){
  memset(pFile, 0, sizeof(*pFile));
  pFile->p = p;
  pFile->base.h = fd;
  pFile->base.pVfs = pVfs;
  pFile->base.zPath = zName;
  /* The databases have the locks that their methods say. All that the flag does here is to spare
  ** the log warnings of the unix VFS that a file of this name is not where it was. */
  pFile->base.ctrlFlags = UNIXFILE_NOLOCK;
  if( SQLITE_POWERSAFE_OVERWRITE ) pFile->base.ctrlFlags |= UNIXFILE_PSOW;
  if( p->isReadonly ) pFile->base.ctrlFlags |= UNIXFILE_RDONLY;
}

static int frlOpenDatabase(sqlite3_vfs *pVfs, const char *zName, FrlFile *pFile){
  FrlFd *p = frlOpening;
  UnixUnusedFd *pUnused;
  int rc;
  if( p==0 || strcmp(p->zName, zName)!=0 ) return SQLITE_CANTOPEN;
  /* In it unixClose() puts a descriptor aside that must stay open. Flags of 0: for no reuse by a
  ** connection by path, which would not know how the descriptor was opened. */
  pUnused = sqlite3_malloc64(sizeof(*pUnused));
  if( pUnused==0 ) return SQLITE_NOMEM_BKPT;
  pUnused->fd = p->fd;
  pUnused->flags = 0;
  frlFillIn(pFile, pVfs, zName, p, p->fd);
  unixEnterMutex();
  rc = findInodeInfo(&pFile->base, &pFile->base.pInode);
  unixLeaveMutex();
  if( rc!=SQLITE_OK ){
    sqlite3_free(pUnused);
    return rc;
  }
  pFile->base.pPreallocatedUnused = pUnused;
  pFile->base.pMethod = &frlDatabaseMethods;
  frlOpening = 0;
  return SQLITE_OK;
}

static int frlOpenJournal(sqlite3_vfs *pVfs, const char *zName, FrlFile *pFile){
  FrlFd *p = frlFind(zName, "-journal");
  if( p==0 ) return SQLITE_CANTOPEN;
  if( frlIsGone(p) ) return frlRefuse(p, zFrlGone);
  frlFillIn(pFile, pVfs, zName, p, p->journalFd);
  pFile->base.pMethod = &frlJournalMethods;
  return SQLITE_OK;
}

static int frlIsOurs(const char *zName){
  return zName!=0 && strncmp(zName, FRL_PREFIX, sizeof(FRL_PREFIX)-1)==0;
}

static sqlite3_vfs *frlUnixVfs(sqlite3_vfs *pVfs){
  return (sqlite3_vfs*)pVfs->pAppData;
}

static int frlOpen(sqlite3_vfs *pVfs, const char *zName, sqlite3_file *pFile, int flags, int *pOutFlags){
  int rc;
  if( !frlIsOurs(zName) ){
    return frlUnixVfs(pVfs)->xOpen(frlUnixVfs(pVfs), zName, pFile, flags, pOutFlags);
  }
  pFile->pMethods = 0;
  if( flags & SQLITE_OPEN_MAIN_DB ){
    rc = frlOpenDatabase(pVfs, zName, (FrlFile*)pFile);
  }else if( flags & SQLITE_OPEN_MAIN_JOURNAL ){
    rc = frlOpenJournal(pVfs, zName, (FrlFile*)pFile);
  }else{
    FrlFd *p = frlFind(zName, "-mj");
    rc = p ? frlRefuse(p, zFrlSuper) : SQLITE_CANTOPEN;
  }
  if( rc==SQLITE_OK && pOutFlags ) *pOutFlags = flags;
  return rc;
}

static int frlDelete(sqlite3_vfs *pVfs, const char *zName, int dirSync){
  FrlFd *p;
  if( !frlIsOurs(zName) ) return frlUnixVfs(pVfs)->xDelete(frlUnixVfs(pVfs), zName, dirSync);
  p = frlFind(zName, "-journal");
  if( p==0 ) return SQLITE_IOERR_DELETE_NOENT;
  if( p->isReadonly || robust_ftruncate(p->journalFd, 0)!=0 ) return SQLITE_IOERR_DELETE;
  /* What an unlinked journal needs of its directory, an emptied one needs of itself. */
  if( dirSync && full_fsync(p->journalFd, 0, 0)!=0 ) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

static int frlAccess(sqlite3_vfs *pVfs, const char *zName, int flags, int *pResOut){
  FrlFd *p;
  struct stat st;
  if( !frlIsOurs(zName) ) return frlUnixVfs(pVfs)->xAccess(frlUnixVfs(pVfs), zName, flags, pResOut);
  p = frlFind(zName, "-journal");
  *pResOut = p!=0 && osFstat(p->journalFd, &st)==0 && st.st_size>0;
  return SQLITE_OK;
}

static int frlFullPathname(sqlite3_vfs *pVfs, const char *zName, int nOut, char *zOut){
  if( !frlIsOurs(zName) ) return frlUnixVfs(pVfs)->xFullPathname(frlUnixVfs(pVfs), zName, nOut, zOut);
  sqlite3_snprintf(nOut, zOut, "%s", zName);
  return SQLITE_OK;
}

static int frlRegisterVfs(void){
  static sqlite3_vfs vfs;
  sqlite3_mutex *pMutex;
  int rc = sqlite3_initialize();
  if( rc!=SQLITE_OK ) return rc;
  pMutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_VFS3);
  sqlite3_mutex_enter(pMutex);
  if( sqlite3_vfs_find(FRL_VFS)==0 ){
    sqlite3_vfs *pUnix = sqlite3_vfs_find("unix");
    if( pUnix ){
      vfs = *pUnix;
      vfs.pNext = 0;
      vfs.zName = FRL_VFS;
      vfs.pAppData = pUnix;
      if( vfs.szOsFile<(int)sizeof(FrlFile) ) vfs.szOsFile = (int)sizeof(FrlFile);
      vfs.xOpen = frlOpen;
      vfs.xDelete = frlDelete;
      vfs.xAccess = frlAccess;
      vfs.xFullPathname = frlFullPathname;
      rc = sqlite3_vfs_register(&vfs, 0);
    }else{
      rc = SQLITE_ERROR;
    }
  }
#ifdef SQLITE3MC_VFS_NAME
  if( rc==SQLITE_OK && sqlite3_vfs_find(FRL_OPEN_VFS)==0 ) rc = sqlite3mc_vfs_create(FRL_VFS, 0);
#endif
  sqlite3_mutex_leave(pMutex);
  return rc;
}

/*
** Lists p, unless it would use a file against the connections that are listed. Answers the text of
** the refusal, or NULL.
*/
static const char *frlLink(FrlFd *p, int fd){
  const char *zWhy = 0;
  FrlFd *pOther;
  unixEnterMutex();
  for(pOther=frlList; pOther && zWhy==0; pOther=pOther->pNext){
    int sameJournal = frlSameInode(&p->journal, &pOther->journal);
    if( frlSameInode(&p->database, &pOther->database) ){
      if( !sameJournal ) zWhy = zFrlOtherJournal;
    }else if( sameJournal ){
      /* A journal does not say whose it is: one database would be rolled back with the pages of
      ** the other. */
      zWhy = zFrlSharedJournal;
    }else if( frlSameInode(&p->journal, &pOther->database)
           || frlSameInode(&p->database, &pOther->journal) ){
      zWhy = zFrlBoth;
    }
  }
  if( zWhy==0 ){
    sqlite3_snprintf(sizeof(p->zName), p->zName, FRL_PREFIX "%d:%lld", fd, frlSerial++);
    p->pNext = frlList;
    frlList = p;
  }
  unixLeaveMutex();
  return zWhy;
}

/* What is wrong with one descriptor, or 0. Fills *pStat unless it is not open. */
static int frlFaultOf(int fd, int readonly, struct stat *pStat){
  int flags;
  if( osFstat(fd, pStat)!=0 ) return FRL_FAULT_NOT_OPEN;
  if( !S_ISREG(pStat->st_mode) ) return FRL_FAULT_NOT_REGULAR;
  flags = osFcntl(fd, F_GETFL, 0);
  if( flags<0 ) return FRL_FAULT_NOT_OPEN;
#ifdef O_PATH
  if( flags & O_PATH ) return FRL_FAULT_NOT_READABLE;
#endif
  if( (flags & O_ACCMODE)==O_WRONLY ) return FRL_FAULT_NOT_READABLE;
  if( !readonly && (flags & O_ACCMODE)==O_RDONLY ) return FRL_FAULT_NOT_WRITABLE;
  if( flags & O_APPEND ) return FRL_FAULT_APPEND;
  if( pStat->st_nlink==0 ) return FRL_FAULT_DELETED;
  return 0;
}

static int frlStartsWith(int fd, i64 offset, const void *pBytes, int n){
  unixFile file;
  char aRead[16];
  memset(&file, 0, sizeof(file));
  file.h = fd;
  return seekAndRead(&file, offset, aRead, n)==n && memcmp(aRead, pBytes, n)==0;
}

/*
** What keeps a database from being opened on these descriptors of the caller: 0, or one of the
** numbers at the top. Opens and closes nothing.
*/
int frl_fd_fault(int fd, int journalFd, int readonly){
  struct stat database, journal;
  FrlInode a, b;
  int fault = frlFaultOf(fd, readonly, &database);
  if( fault ) return fault;
  fault = frlFaultOf(journalFd, readonly, &journal);
  if( fault ) return fault + FRL_FAULT_OF_JOURNAL;
  frlInodeOf(&database, &a);
  frlInodeOf(&journal, &b);
  if( frlSameInode(&a, &b) ) return FRL_FAULT_SAME_FILE;
  /* The versions for writing and reading. See https://sqlite.org/fileformat.html#file_format_version_numbers. */
  if( frlStartsWith(fd, 18, "\2\2", 2) ) return FRL_FAULT_WAL;
  /* SQLite takes what is in a journal's place for the journal, and empties it. */
  if( frlStartsWith(journalFd, 0, SQLITE_FILE_HEADER, 16) ) return FRL_FAULT_NO_JOURNAL;
  return 0;
}

static int frlCopy(int fd, FrlInode *pInode){
  struct stat st;
  int copy = osFcntl(fd, F_DUPFD_CLOEXEC, SQLITE_MINIMUM_FILE_DESCRIPTOR);
  memset(&st, 0, sizeof(st));
  if( copy>=0 && osFstat(copy, &st)!=0 ){
    frlClose(copy);
    copy = -1;
  }
  frlInodeOf(&st, pInode);
  return copy;
}

/*
** Opens a database on copies of two descriptors; the caller keeps its own. To be called with what
** frl_fd_fault() has no fault to find with.
**
** Answers as sqlite3_open_v2() does. Where *pzRefusal is set, it is the message of the answer, and
** there is no handle.
*/
int frl_fd_open(int fd, int journalFd, int flags, sqlite3 **ppDb, const char **pzRefusal){
  FrlFd *p;
  int rc = frlRegisterVfs();
  *ppDb = 0;
  *pzRefusal = 0;
  if( rc!=SQLITE_OK ){
    *pzRefusal = sqlite3_errstr(rc);
    return rc;
  }
  p = sqlite3_malloc64(sizeof(*p));
  if( p==0 ) return SQLITE_NOMEM_BKPT;
  memset(p, 0, sizeof(*p));
  p->isReadonly = (flags & SQLITE_OPEN_READONLY)!=0;
  p->fd = frlCopy(fd, &p->database);
  p->journalFd = frlCopy(journalFd, &p->journal);
  if( p->fd<0 || p->journalFd<0 ){
    *pzRefusal = sqlite3_errstr(SQLITE_CANTOPEN);
  }else{
    *pzRefusal = frlLink(p, fd);
  }
  if( *pzRefusal ){
    frlFree(p);
    return SQLITE_CANTOPEN;
  }
  frlOpening = p;
  rc = sqlite3_open_v2(p->zName, ppDb, flags, FRL_OPEN_VFS);
  if( frlOpening ){
    /* SQLite failed before it came to the file. Otherwise the file has p, and may be closed. */
    frlOpening = 0;
    frlFree(p);
  }
  return rc;
}

#else /* SQLITE_OS_UNIX */

int frl_fd_fault(int fd, int journalFd, int readonly){
  (void)fd; (void)journalFd; (void)readonly;
  return 0;
}

int frl_fd_open(int fd, int journalFd, int flags, sqlite3 **ppDb, const char **pzRefusal){
  (void)fd; (void)journalFd; (void)flags;
  *ppDb = 0;
  *pzRefusal = "Opening a database from a file descriptor is not supported on Windows";
  return SQLITE_CANTOPEN;
}

#endif /* SQLITE_OS_UNIX */
