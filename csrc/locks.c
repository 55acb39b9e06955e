/*
** Which locks this process believes to have, and which it has: included by engine.c.
**
** POSIX gives locks to a process, not to a descriptor, and drops all that the process has on a file when it
** closes any of its descriptors of that file. The VFS knows that and defers its own closing; other code of the
** process, a second SQLite among it, does not. What is told here is read under the VFS's own mutexes, so that no
** lock is taken or released meanwhile. Nothing is opened, closed, locked or changed except in /proc.
*/

/* The locks of a database in the order of frl_lock_state(): three of the file, then those of its -shm. */
#define FRL_LOCK_PENDING   0
#define FRL_LOCK_RESERVED  1
#define FRL_LOCK_SHARED    2
#define FRL_LOCK_SHM       3
#define FRL_LOCK_DMS       (FRL_LOCK_SHM+SQLITE_SHM_NLOCK)
#define FRL_NLOCK          (FRL_LOCK_DMS+1)

/* How a lock is held; of the system's answers -1 is: it does not tell. */
#define FRL_HELD_NOT       0
#define FRL_HELD_SHARED    1
#define FRL_HELD_EXCLUSIVE 2

/* One lock. Mirrored by RawLock in src/sqlite/locks.rs. */
typedef struct FrlLock {
  int believed;   /* How the VFS believes that this process has it */
  int isLost;     /* The system does not know it; -1 where it does not tell */
  int other;      /* How another process has it, of several one; -1 where the system does not tell */
  int pid;        /* That process, or 0 where the system hides its number */
} FrlLock;

/* Of one file. Mirrored by RawLocks in src/sqlite/locks.rs. */
typedef struct FrlLocks {
  int nConnection;      /* Of this process, attached databases included; 0 when it is not open here */
  int eFileLock;        /* The highest of SQLite's levels that one of them has */
  int hasShm;           /* The log's index is open */
  int descriptor;       /* One of ours, of the main file */
  double writeSinceMs;  /* For how long the write lock has been held; negative when it is not */
  FrlLock aLock[FRL_NLOCK];
} FrlLocks;

/* A descriptor of a file of ours that is not ours. Mirrored by RawDescriptor in src/sqlite/locks.rs. */
typedef struct FrlDescriptor {
  int fd;
  int isShm;       /* Of the -shm */
  int descriptor;  /* One of ours, of the main file, or -1 */
} FrlDescriptor;

_Static_assert(FRL_NLOCK==12, "the locks are numbered in Rust");
_Static_assert(sizeof(FrlLock)==16 && sizeof(FrlDescriptor)==12, "mirrored in Rust");

#if SQLITE_OS_UNIX && !defined(SQLITE_OMIT_WAL)

#include <dirent.h>

/* Descriptors beyond are not told from others. */
#define FRL_MAX_FD 65536

/* Which descriptors the engine has opened, which of them are copies of others, and when each has last taken a write lock, in ms. */
static sqlite3_uint64 aFrlOwn[FRL_MAX_FD/64];
static sqlite3_uint64 aFrlCopy[FRL_MAX_FD/64];
static sqlite3_uint64 aFrlWriteAt[FRL_MAX_FD];

static void frlSet(sqlite3_uint64 *aBit, int fd, int isSet){
  sqlite3_uint64 bit;
  if( fd<0 || fd>=FRL_MAX_FD ) return;
  bit = (sqlite3_uint64)1 << (fd & 63);
  if( isSet ){
    __atomic_fetch_or(&aBit[fd/64], bit, __ATOMIC_RELAXED);
  }else{
    __atomic_fetch_and(&aBit[fd/64], ~bit, __ATOMIC_RELAXED);
  }
}

static int frlIsSet(const sqlite3_uint64 *aBit, int fd){
  if( fd<0 || fd>=FRL_MAX_FD ) return 0;
  return (int)(__atomic_load_n(&aBit[fd/64], __ATOMIC_RELAXED) >> (fd & 63)) & 1;
}

static sqlite3_uint64 frlNowMs(void){
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (sqlite3_uint64)t.tv_sec*1000 + (sqlite3_uint64)t.tv_nsec/1000000;
}

/* Threads of which a descriptor is open and not marked. */
static int nFrlUnmarked;

static int frlOpenOwn(const char *zFile, int flags, int mode){
  int fd;
  __atomic_fetch_add(&nFrlUnmarked, 1, __ATOMIC_SEQ_CST);
  fd = open(zFile, flags, mode);
  frlSet(aFrlOwn, fd, 1);
  __atomic_fetch_sub(&nFrlUnmarked, 1, __ATOMIC_SEQ_CST);
  return fd;
}

static int frlCloseOwn(int fd){
  int rc;
  __atomic_fetch_add(&nFrlUnmarked, 1, __ATOMIC_SEQ_CST);
  /* Before the number is free for somebody else. */
  frlSet(aFrlOwn, fd, 0);
  frlSet(aFrlCopy, fd, 0);
  rc = close(fd);
  __atomic_fetch_sub(&nFrlUnmarked, 1, __ATOMIC_SEQ_CST);
  return rc;
}

/* fcntl(), which notes copies of descriptors, and the moment at which a write lock is taken. */
static int frlControl(int fd, int op, ...){
  va_list ap;
  int rc;
  va_start(ap, op);
  if( op==F_SETLK ){
    struct flock *p = va_arg(ap, struct flock*);
    rc = fcntl(fd, op, p);
    if( rc==0 && p->l_type==F_WRLCK && fd<FRL_MAX_FD
     && (p->l_start==RESERVED_BYTE || p->l_start==UNIX_SHM_BASE+WAL_WRITE_LOCK) ){
      __atomic_store_n(&aFrlWriteAt[fd], frlNowMs(), __ATOMIC_RELAXED);
    }
  }else if( op==F_GETLK
#ifdef F_OFD_GETLK
         || op==F_OFD_GETLK
#endif
  ){
    rc = fcntl(fd, op, va_arg(ap, struct flock*));
  }else{
    int isCopy = op==F_DUPFD_CLOEXEC;
    __atomic_fetch_add(&nFrlUnmarked, isCopy, __ATOMIC_SEQ_CST);
    rc = fcntl(fd, op, va_arg(ap, int));
    if( isCopy ){
      frlSet(aFrlOwn, rc, 1);
      frlSet(aFrlCopy, rc, 1);
    }
    __atomic_fetch_sub(&nFrlUnmarked, isCopy, __ATOMIC_SEQ_CST);
  }
  va_end(ap);
  return rc;
}

/* Makes the VFS tell of its descriptors. Before the first is opened. */
void frl_watch_descriptors(void){
  aSyscall[0].pCurrent = (sqlite3_syscall_ptr)frlOpenOwn;
  aSyscall[1].pCurrent = (sqlite3_syscall_ptr)frlCloseOwn;
  aSyscall[7].pCurrent = (sqlite3_syscall_ptr)frlControl;
}

static int frlSameFile(int fd, dev_t dev, u64 ino){
  struct stat st;
  return osFstat(fd, &st)==0 && st.st_dev==dev && (u64)st.st_ino==ino;
}

/* The next descriptor of ours of a file, from fd on, or -1. unixBigLock is held: none is closed. */
static int frlNextOwn(int fd, dev_t dev, u64 ino){
  for(; fd<FRL_MAX_FD; fd++){
    if( (fd & 63)==0 && aFrlOwn[fd/64]==0 ){
      fd += 63;
    }else if( frlIsSet(aFrlOwn, fd) && frlSameFile(fd, dev, ino) ){
      return fd;
    }
  }
  return -1;
}

/* The bytes of a lock. */
static void frlBytes(int lock, struct flock *p){
  memset(p, 0, sizeof(*p));
  p->l_type = F_WRLCK;
  p->l_whence = SEEK_SET;
  p->l_len = 1;
  switch( lock ){
    case FRL_LOCK_PENDING:  p->l_start = PENDING_BYTE; break;
    case FRL_LOCK_RESERVED: p->l_start = RESERVED_BYTE; break;
    case FRL_LOCK_SHARED:   p->l_start = SHARED_FIRST; p->l_len = SHARED_SIZE; break;
    default:                p->l_start = UNIX_SHM_BASE + lock - FRL_LOCK_SHM;
  }
}

#if defined(F_OFD_GETLK) && defined(__linux__)
/* Whether the kernel lists a lock of this process on the file that covers the bytes, as taken by a descriptor. */
static int frlIsListedBy(const char *zFd, u64 ino, const struct flock *pBytes){
  char zLine[256];
  FILE *pFile;
  int found = 0;
  sqlite3_snprintf(sizeof(zLine), zLine, "/proc/self/fdinfo/%s", zFd);
  pFile = fopen(zLine, "re");
  if( pFile==0 ) return 0;
  while( found==0 && fgets(zLine, sizeof(zLine), pFile) ){
    unsigned long long number = 0, from = 0, to = 0;
    if( strncmp(zLine, "lock:", 5)!=0 ) continue;
    if( sscanf(zLine, "lock:%*s POSIX %*s %*s %*d %*x:%*x:%llu %llu %llu", &number, &from, &to)!=3 ) continue;
    found = number==ino && from<=(unsigned long long)pBytes->l_start
         && to>=(unsigned long long)(pBytes->l_start + pBytes->l_len - 1);
  }
  fclose(pFile);
  return found;
}

/* Whether it lists one at all; -1 where there is no list. It is under our descriptor unless another took it first. */
static int frlIsListed(int fd, u64 ino, const struct flock *pBytes){
  char zFd[16];
  DIR *pDir;
  struct dirent *pEntry;
  int found;
  sqlite3_snprintf(sizeof(zFd), zFd, "%d", fd);
  if( frlIsListedBy(zFd, ino, pBytes) ) return 1;
  pDir = opendir("/proc/self/fdinfo");
  if( pDir==0 ) return -1;
  for(found=0; found==0 && (pEntry = readdir(pDir))!=0; ){
    if( pEntry->d_name[0]!='.' ) found = frlIsListedBy(pEntry->d_name, ino, pBytes);
  }
  closedir(pDir);
  return found;
}

/*
** Whether this process has lost a lock. A lock of an open file description, which is only asked for here,
** conflicts with those of the very process, so the system tells of them.
*/
static int frlIsLost(int fd, u64 ino, int lock, int believed){
  struct flock l;
  int listed;
  frlBytes(lock, &l);
  if( osFcntl(fd, F_OFD_GETLK, &l)!=0 ) return -1;
  if( l.l_type==F_UNLCK ) return 1;
  if( l.l_pid==getpid() ) return believed==FRL_HELD_EXCLUSIVE && l.l_type!=F_WRLCK;
  if( believed==FRL_HELD_EXCLUSIVE ) return 1;
  /* Another process shares it, and only one is told. */
  frlBytes(lock, &l);
  listed = frlIsListed(fd, ino, &l);
  return listed<0 ? -1 : !listed;
}
#else
static int frlIsLost(int fd, u64 ino, int lock, int believed){
  (void)fd; (void)ino; (void)lock; (void)believed;
  return -1;
}
#endif

/* Fills in what the system tells of one lock. */
static void frlAsk(int fd, u64 ino, int lock, FrlLock *p){
  struct flock l;
  p->other = -1;
  if( fd<0 ){
    p->isLost = p->believed==FRL_HELD_NOT ? 0 : -1;
    return;
  }
  p->isLost = p->believed==FRL_HELD_NOT ? 0 : frlIsLost(fd, ino, lock, p->believed);
  frlBytes(lock, &l);
  if( osFcntl(fd, F_GETLK, &l)!=0 ) return;
  p->other = l.l_type==F_UNLCK ? FRL_HELD_NOT : l.l_type==F_RDLCK ? FRL_HELD_SHARED : FRL_HELD_EXCLUSIVE;
  p->pid = p->other!=FRL_HELD_NOT && l.l_pid>0 ? (int)l.l_pid : 0;
}

static double frlAge(int fd){
  sqlite3_uint64 at = fd>=0 && fd<FRL_MAX_FD ? __atomic_load_n(&aFrlWriteAt[fd], __ATOMIC_RELAXED) : 0;
  return at ? (double)(frlNowMs() - at) : -1.0;
}

/* What is to be told of an inode, of which fd is a descriptor of ours. unixBigLock is held. */
static void frlStateOf(unixInodeInfo *pInode, int fd, FrlLocks *pOut){
  dev_t dev = pInode->fileId.dev;
  u64 ino = (u64)pInode->fileId.ino;
  int eLock, i;
  memset(pOut, 0, sizeof(*pOut));
  pOut->nConnection = pInode->nRef;
  pOut->descriptor = fd;
  pOut->writeSinceMs = -1.0;
  sqlite3_mutex_enter(pInode->pLockMutex);
  eLock = pOut->eFileLock = pInode->eFileLock;
  if( eLock>=SHARED_LOCK ) pOut->aLock[FRL_LOCK_SHARED].believed = FRL_HELD_SHARED;
  /* From a hot journal, SQLite goes to EXCLUSIVE without the two locks before it. */
  if( eLock==RESERVED_LOCK ) pOut->aLock[FRL_LOCK_RESERVED].believed = FRL_HELD_EXCLUSIVE;
  if( eLock==PENDING_LOCK ) pOut->aLock[FRL_LOCK_PENDING].believed = FRL_HELD_EXCLUSIVE;
  if( eLock==EXCLUSIVE_LOCK ) pOut->aLock[FRL_LOCK_SHARED].believed = FRL_HELD_EXCLUSIVE;
  for(i=FRL_LOCK_PENDING; i<=FRL_LOCK_SHARED; i++) frlAsk(fd, ino, i, &pOut->aLock[i]);
  if( eLock>=RESERVED_LOCK ){
    int own = fd;
    for(; own>=0; own = frlNextOwn(own+1, dev, ino)){
      double age = frlAge(own);
      /* The last that was taken is the one that is held. */
      if( age>=0 && (pOut->writeSinceMs<0 || age<pOut->writeSinceMs) ) pOut->writeSinceMs = age;
    }
  }
  sqlite3_mutex_leave(pInode->pLockMutex);
  if( pInode->pShmNode ){
    unixShmNode *pNode = pInode->pShmNode;
    struct stat st;
    sqlite3_mutex_enter(pNode->pShmMutex);
    pOut->hasShm = pNode->hShm>=0;
    memset(&st, 0, sizeof(st));
    if( pOut->hasShm ) osFstat(pNode->hShm, &st);
    for(i=0; i<SQLITE_SHM_NLOCK; i++){
      FrlLock *p = &pOut->aLock[FRL_LOCK_SHM+i];
      p->believed = pNode->aLock[i]<0 ? FRL_HELD_EXCLUSIVE : pNode->aLock[i]>0 ? FRL_HELD_SHARED : FRL_HELD_NOT;
      frlAsk(pNode->hShm, (u64)st.st_ino, FRL_LOCK_SHM+i, p);
    }
    if( pOut->hasShm && !pNode->isUnlocked ) pOut->aLock[FRL_LOCK_DMS].believed = FRL_HELD_SHARED;
    frlAsk(pNode->hShm, (u64)st.st_ino, FRL_LOCK_DMS, &pOut->aLock[FRL_LOCK_DMS]);
    if( pNode->aLock[WAL_WRITE_LOCK]<0 ) pOut->writeSinceMs = frlAge(pNode->hShm);
    sqlite3_mutex_leave(pNode->pShmMutex);
  }
}

/* Tells of the file at a path. Returns 0 where the system does not tell. */
int frl_lock_state(const char *zPath, FrlLocks *pOut){
  struct stat st;
  unixInodeInfo *p;
  memset(pOut, 0, sizeof(*pOut));
  if( sqlite3_initialize()!=SQLITE_OK || stat(zPath, &st)!=0 ) return 1;
  unixEnterMutex();
  for(p=inodeList; p; p=p->pNext){
    if( p->fileId.dev==st.st_dev && (u64)p->fileId.ino==(u64)st.st_ino ){
      frlStateOf(p, frlNextOwn(0, st.st_dev, (u64)st.st_ino), pOut);
      break;
    }
  }
  unixLeaveMutex();
  return 1;
}

/* The inode of a descriptor of a main file, or NULL. unixBigLock is held. */
static unixInodeInfo *frlInodeOfFd(int fd){
  unixInodeInfo *p = 0;
  struct stat st;
  if( osFstat(fd, &st)!=0 ) return 0;
  for(p=inodeList; p && (p->fileId.dev!=st.st_dev || (u64)p->fileId.ino!=(u64)st.st_ino); p=p->pNext){}
  return p;
}

/* So many descriptors are looked at in one call, because all connections wait for their locks meanwhile. */
#define FRL_LOOK 64

/* Where the next call goes on. unixBigLock is held. */
static int iFrlLook;

/*
** Lists files of which this process has lost locks: one of our descriptors of each, at most nOut. Returns
** their number. With many files open, several calls see all of them.
*/
int frl_lost_files(int *aOut, int nOut){
  int fd, i, n = 0, nLook = 0;
  if( sqlite3_initialize()!=SQLITE_OK ) return 0;
  unixEnterMutex();
  for(fd=iFrlLook; fd<FRL_MAX_FD && nLook<FRL_LOOK && n<nOut; fd++){
    FrlLocks locks;
    unixInodeInfo *p;
    if( (fd & 63)==0 && aFrlOwn[fd/64]==0 ){
      fd += 63;
      continue;
    }
    p = frlIsSet(aFrlOwn, fd) ? frlInodeOfFd(fd) : 0;
    if( p==0 ) continue;
    nLook++;
    frlStateOf(p, fd, &locks);
    for(i=0; i<FRL_NLOCK && locks.aLock[i].isLost!=1; i++){}
    if( i<FRL_NLOCK ) aOut[n++] = fd;
  }
  iFrlLook = fd<FRL_MAX_FD ? fd : 0;
  unixLeaveMutex();
  return n;
}

/*
** Whether a descriptor is of a file of ours and not ours. unixBigLock is held. Who opens a database on
** descriptors keeps his own, and knows of it.
*/
static int frlIsForeign(int fd, FrlDescriptor *pOut){
  unixInodeInfo *p;
  struct stat st;
  if( fd<0 || fd>=FRL_MAX_FD || frlIsSet(aFrlOwn, fd) || osFstat(fd, &st)!=0 || !S_ISREG(st.st_mode) ) return 0;
  for(p=inodeList; p; p=p->pNext){
    int isShm = p->pShmNode!=0 && p->pShmNode->hShm>=0
             && frlSameFile(p->pShmNode->hShm, st.st_dev, (u64)st.st_ino);
    if( isShm || (p->fileId.dev==st.st_dev && (u64)p->fileId.ino==(u64)st.st_ino) ){
      int own = frlNextOwn(0, p->fileId.dev, (u64)p->fileId.ino);
      pOut->fd = fd;
      pOut->isShm = isShm;
      pOut->descriptor = own;
      while( own>=0 && frlIsSet(aFrlCopy, own) ) own = frlNextOwn(own+1, p->fileId.dev, (u64)p->fileId.ino);
      return own>=0;
    }
  }
  return 0;
}

/*
** Lists the descriptors of this process that are of files which the engine has open, and which it has not
** opened itself; at most nOut. Returns their number, or -1 where the system does not list descriptors.
*/
int frl_foreign_descriptors(FrlDescriptor *aOut, int nOut){
#ifdef __linux__
  DIR *pDir = opendir("/proc/self/fd");
#else
  DIR *pDir = opendir("/dev/fd");
#endif
  struct dirent *pEntry;
  int i, nFound = 0, n = 0, nTry = 0;
  if( pDir==0 || sqlite3_initialize()!=SQLITE_OK ){
    if( pDir ) closedir(pDir);
    return -1;
  }
  unixEnterMutex();
  while( nFound<nOut && inodeList && (pEntry = readdir(pDir))!=0 ){
    int fd = pEntry->d_name[0]=='.' ? -1 : atoi(pEntry->d_name);
    nFound += frlIsForeign(fd, &aOut[nFound]);
  }
  /* Another thread may have been between opening and marking: 100 times 100 microseconds, then nothing is said. */
  while( nFound>0 && __atomic_load_n(&nFrlUnmarked, __ATOMIC_SEQ_CST)>0 ){
    if( ++nTry>100 ) nFound = 0;
    usleep(100);
  }
  for(i=0; i<nFound; i++) n += frlIsForeign(aOut[i].fd, &aOut[n]);
  unixLeaveMutex();
  closedir(pDir);
  return n;
}

/*
** The locks of one connection on a file, its main or an attached database: the level, and a bit for each lock of
** the -shm that it shares or has alone. Returns 0 when it does not have the file open with locks of the VFS unix.
*/
int frl_connection_locks(sqlite3 *db, const char *zPath, int *pLevel, int *pShared, int *pExclusive){
  int i;
  *pLevel = *pShared = *pExclusive = 0;
  for(i=0; i<db->nDb; i++){
    Btree *pBt = db->aDb[i].pBt;
    unixFile *pFile;
    if( pBt==0 || strcmp(sqlite3BtreeGetFilename(pBt), zPath)!=0 ) continue;
    pFile = frlUnixFile(sqlite3PagerFile(sqlite3BtreePager(pBt)));
    if( pFile==0 ) continue;
    *pLevel = pFile->eFileLock;
    if( pFile->pShm ){
      *pShared = pFile->pShm->sharedMask;
      *pExclusive = pFile->pShm->exclMask;
    }
    return 1;
  }
  return 0;
}

#else

void frl_watch_descriptors(void){}

int frl_lock_state(const char *zPath, FrlLocks *pOut){
  (void)zPath;
  memset(pOut, 0, sizeof(*pOut));
  return 0;
}

int frl_lost_files(int *aOut, int nOut){
  (void)aOut; (void)nOut;
  return 0;
}

int frl_foreign_descriptors(FrlDescriptor *aOut, int nOut){
  (void)aOut; (void)nOut;
  return -1;
}

int frl_connection_locks(sqlite3 *db, const char *zPath, int *pLevel, int *pShared, int *pExclusive){
  (void)db; (void)zPath;
  *pLevel = *pShared = *pExclusive = 0;
  return 0;
}

#endif
