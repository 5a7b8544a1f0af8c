import { behindHttp, permits, serve, windowMs } from '../adapter.mjs';
import Koa from 'koa';
import ratelimit from 'koa-ratelimit';

const db = new Map();
const app = new Koa();
app.silent = true;
app.use(
  ratelimit({
    driver: 'memory',
    db,
    duration: windowMs,
    max: permits,
    id: (context) => context.query.key,
  }),
);
app.use((context) => {
  context.body = 'admitted';
});

serve('koa-ratelimit', {}, await behindHttp(app.callback()), () => db.size);
