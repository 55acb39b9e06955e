module.exports = {
  apps: [
    {
      name: 'visits',
      script: 'server.js',
      exec_mode: 'cluster',
      instances: 2,
      // `pm2 reload` starts a new process, waits for its "ready", then ends the old one.
      wait_ready: true,
      // From SIGINT to SIGKILL: longer than the server takes for its last requests.
      kill_timeout: 10_000,
    },
  ],
};
