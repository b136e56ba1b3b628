#!/bin/sh
# Tell a user that her order was shipped: sh notify.sh USER
# REALTIME_URL and SERVER_API_KEY say where and who. Repeating a call with the same
# Idempotency-Key tells nobody twice.
set -eu

curl --silent --show-error --fail-with-body \
  --header "Authorization: Bearer $SERVER_API_KEY" \
  --header "Content-Type: application/json" \
  --header "Idempotency-Key: order-7-shipped-$1" \
  --data @- "$REALTIME_URL/api/server/notifications" <<EOF
{
  "userId": "$1",
  "type": "ORDER_UPDATE",
  "title": "Order shipped",
  "message": "Your order 7 is on its way",
  "link": "/orders/7"
}
EOF
