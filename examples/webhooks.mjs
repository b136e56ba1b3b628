// Receive webhooks: WEBHOOK_SECRET=whsec_… node webhooks.mjs PORT
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace('whsec_', ''), 'base64');

function isGood(headers, body) {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const good = Buffer.from('v1,' + createHmac('sha256', key).update(signed).digest('base64'));
  return (headers['webhook-signature'] ?? '').split(' ').some((each) => { // one for each secret
    const given = Buffer.from(each);
    return given.length === good.length && timingSafeEqual(given, good);
  });
}

async function receive(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  if (!isGood(request.headers, body)) return response.writeHead(401).end();
  const age = Math.abs(Date.now() / 1000 - request.headers['webhook-timestamp']);
  if (age > 300) return response.writeHead(400).end(); // somebody plays an old one again
  const { type, data } = JSON.parse(body);
  // Keep the header webhook-id with what you do: a webhook that comes twice has the same one.
  console.log(type, JSON.stringify(data));
  response.writeHead(204).end();
}

createServer((request, response) => {
  receive(request, response).catch(() => response.destroy()); // one that was cut off, say
}).listen(Number(process.argv[2]), '127.0.0.1');
