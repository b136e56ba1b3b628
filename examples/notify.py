"""Tell a user that her order was shipped: python notify.py USER.

REALTIME_URL and SERVER_API_KEY say where and who.
"""

import asyncio
import os
import sys

from realtime.client import Client


async def main(user: str) -> None:
    async with Client(os.environ["REALTIME_URL"], os.environ["SERVER_API_KEY"]) as realtime:
        notification = await realtime.send_notification_to_user(
            user,
            {
                "type": "ORDER_UPDATE",
                "title": "Order shipped",
                "message": "Your order 7 is on its way",
                "link": "/orders/7",
            },
            # Repeating a call with the same key tells nobody twice.
            idempotency_key=f"order-7-shipped-{user}",
        )
        await realtime.emit_order_update(user, {"id": 7, "status": "SHIPPED"})
        print(notification["id"])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
