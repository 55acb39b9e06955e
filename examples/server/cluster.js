import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';

if (cluster.isPrimary) {
  // It opens no database: each worker has a connection of its own.
  const fork = () => cluster.fork();
  for (let count = availableParallelism(); count > 0; count -= 1) fork();
  cluster.on('exit', fork);

  const stop = (signal) => {
    cluster.off('exit', fork);
    for (const worker of Object.values(cluster.workers)) worker.process.kill(signal);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} else {
  await import('./server.js');
}
