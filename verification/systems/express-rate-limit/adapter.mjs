import { behindHttp, permits, serve, windowHeaders, windowMs } from '../adapter.mjs';
import express from 'express';
import { MemoryStore, rateLimit } from 'express-rate-limit';

const store = new MemoryStore();
const app = express();
app.use(
  rateLimit({
    windowMs,
    limit: permits,
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    store,
    keyGenerator: (request) => request.query.key,
  }),
);
app.get('/', (request, response) => response.send('admitted'));

serve('express-rate-limit', {}, await behindHttp(app, windowHeaders), () => store.current.size + store.previous.size);
