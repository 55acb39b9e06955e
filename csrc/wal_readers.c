/*
** Who reads from the write-ahead log: included by engine.c.
**
** A reader has a shared lock on one of five slots of the log's index, and the slot says where in the log
** its snapshot ends. Of the connections of this process the VFS keeps a list, of other processes the
** system tells who has a lock. Nothing is opened, closed, locked or changed: closing a descriptor of one
** of these files would drop the locks of the whole process.
*/

/* One reader. Mirrored by RawReader in src/sqlite/readers.rs. */
typedef struct FrlReader {
  int slot;            /* Of the slot that is locked */
  unsigned int frame;  /* Where the snapshot ends; 0 when it needs nothing of the log */
  int connection;      /* Index into the files given, or -1 */
  int pid;             /* Of another process, or 0; -1 where the system does not tell */
} FrlReader;

_Static_assert(sizeof(FrlReader) == 16, "FrlReader is mirrored in Rust");

#if SQLITE_OS_UNIX && !defined(SQLITE_OMIT_WAL)

/* The file of the VFS unix behind that of a pager, or NULL if it is another one's. */
static unixFile *frlUnixFile(sqlite3_file *pFile){
  const sqlite3_io_methods *p = pFile->pMethods;
  if( p==&mcIoMethodsGlobal1 || p==&mcIoMethodsGlobal2 || p==&mcIoMethodsGlobal3 ){
    pFile = REALFILE(pFile);
    p = pFile->pMethods;
  }
  return p!=0 && p->iVersion>=2 && p->xShmLock==unixShmLock ? (unixFile*)pFile : 0;
}

/*
** What tells the main database of db from those of other connections, until db is closed. NULL for a
** database that cannot have a log.
*/
void *frl_main_file(sqlite3 *db){
  Btree *pBt = db->aDb[0].pBt;
  return pBt ? frlUnixFile(sqlite3PagerFile(sqlite3BtreePager(pBt))) : 0;
}

/*
** Lists the other connections that read the main database of db in WAL mode, of any process, at most
** nOut of them, and returns their number; of several processes in one slot the system names one. -1 when
** db has not read from a log, or the VFS does not tell.
**
** apFile are answers of frl_main_file(), none of which is closed during the call.
*/
int frl_wal_readers(sqlite3 *db, void **apFile, int nFile, FrlReader *aOut, int nOut){
  Pager *pPager = sqlite3BtreePager(db->aDb[0].pBt);
  unixFile *pFile = frlUnixFile(sqlite3PagerFile(pPager));
  Wal *pWal = pPager->pWal;
  unixShmNode *pNode;
  unixShm *p;
  u32 aMark[WAL_NREADER];
  int i, n = 0;
  if( pFile==0 || pFile->pShm==0 || pWal==0 || pWal->nWiData<1 || pWal->apWiData[0]==0 ) return -1;
  for(i=0; i<WAL_NREADER; i++) aMark[i] = AtomicLoad(&walCkptInfo(pWal)->aReadMark[i]);
  pNode = pFile->pShm->pShmNode;
  sqlite3_mutex_enter(pNode->pShmMutex);
  for(p=pNode->pFirst; p; p=p->pNext){
    if( p==pFile->pShm ) continue;
    for(i=0; i<WAL_NREADER && n<nOut; i++){
      int j;
      if( (p->sharedMask & (1<<WAL_READ_LOCK(i)))==0 ) continue;
      /* Only compared: the connection may belong to another thread. */
      for(j=nFile-1; j>=0 && ((unixFile*)apFile[j])->pShm!=p; j--){}
      aOut[n].slot = i;
      aOut[n].frame = aMark[i];
      aOut[n].connection = j;
      aOut[n].pid = 0;
      n++;
    }
  }
  for(i=0; i<WAL_NREADER && n<nOut && pNode->hShm>=0; i++){
    struct flock lock;
    memset(&lock, 0, sizeof(lock));
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = UNIX_SHM_BASE + WAL_READ_LOCK(i);
    lock.l_len = 1;
    if( osFcntl(pNode->hShm, F_GETLK, &lock)!=0 || lock.l_type==F_UNLCK ) continue;
    aOut[n].slot = i;
    aOut[n].frame = aMark[i];
    aOut[n].connection = -1;
    aOut[n].pid = lock.l_pid>0 ? (int)lock.l_pid : -1;
    n++;
  }
  sqlite3_mutex_leave(pNode->pShmMutex);
  return n;
}

#else

void *frl_main_file(sqlite3 *db){
  (void)db;
  return 0;
}

int frl_wal_readers(sqlite3 *db, void **apFile, int nFile, FrlReader *aOut, int nOut){
  (void)db; (void)apFile; (void)nFile; (void)aOut; (void)nOut;
  return -1;
}

#endif
