// Tell a user that her order was shipped: node notify.mjs USER
// REALTIME_URL and SERVER_API_KEY say where and who.

const [user] = process.argv.slice(2);

async function call(method, path, body, idempotencyKey) {
  const response = await fetch(`${process.env.REALTIME_URL}/api/server${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${process.env.SERVER_API_KEY}`,
      'Content-Type': 'application/json',
      ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
    },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${answer.error}`);
  return answer.data;
}

// Repeating a call with the same key tells nobody twice.
const notification = await call(
  'POST',
  '/notifications',
  {
    userId: user,
    type: 'ORDER_UPDATE',
    title: 'Order shipped',
    message: 'Your order 7 is on its way',
    link: '/orders/7',
  },
  `order-7-shipped-${user}`,
);
await call('POST', '/orders', { userId: user, order: { id: 7, status: 'SHIPPED' } });

console.log(notification.id);
