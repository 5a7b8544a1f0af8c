import { behindHttp, namespace, permits, redisUrl, serve, windowHeaders, windowMs } from '../adapter.mjs';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import { createClient } from 'redis';

const client = createClient({ url: redisUrl });
client.on('error', console.error);
await client.connect();

const app = express();
app.use(
  rateLimit({
    windowMs,
    limit: permits,
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    store: new RedisStore({ prefix: namespace, sendCommand: (...words) => client.sendCommand(words) }),
    keyGenerator: (request) => request.query.key,
  }),
);
app.get('/', (request, response) => response.send('admitted'));

serve('rate-limit-redis', { shared: true }, await behindHttp(app, windowHeaders), async () => {
  let count = 0;
  for await (const keys of client.scanIterator({ MATCH: `${namespace}*`, COUNT: 1000 })) count += keys.length;
  return count;
});
