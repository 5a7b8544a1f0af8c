import { behindHttp, burst, permits, serve, windowMs } from '../adapter.mjs';
import express from 'express';
import throttle from 'express-throttle';

const app = express();
const limit = throttle({ rate: `${permits}/${windowMs}ms`, burst, key: (request) => request.query.key });
app.get('/', limit, (request, response) => response.send('admitted'));

serve('express-throttle', {}, await behindHttp(app));
