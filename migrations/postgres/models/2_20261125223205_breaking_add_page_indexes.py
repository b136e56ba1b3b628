from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        -- The long ones first: they keep writers out, what follows keeps readers out too.
        CREATE INDEX "idx_journal_convers_abf16d"
            ON "journal" ("conversation_id", "committed_in");
        CREATE INDEX "idx_messages_convers_403a0c"
            ON "messages" ("conversation_id", "committed_in");
        CREATE INDEX "idx_messages_convers_fbc96e"
            ON "messages" ("conversation_id", "sender_id", "seq");
        ALTER TABLE "conversations" ADD "newest_seq" BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE "messages" ADD "read_apart" BOOL NOT NULL DEFAULT False;
        -- What the application had called read, whatever came before it.
        UPDATE "messages" SET "read_apart" = true
        WHERE "read_at" IS NOT NULL AND "deleted_at" IS NULL AND EXISTS (
            SELECT 1 FROM "participants" p
            WHERE p."conversation_id" = "messages"."conversation_id"
                AND p."user_id" <> "messages"."sender_id" AND p."read_seq" < "messages"."seq"
        );
        -- Lists follow the newest message that is there.
        UPDATE "conversations" SET "newest_seq" = coalesce((
            SELECT max(m."seq") FROM "messages" m
            WHERE m."conversation_id" = "conversations"."id" AND m."deleted_at" IS NULL
        ), 0);
        UPDATE "conversations" SET "last_message_at" = m."created_at", "updated_at" = m."created_at"
        FROM "messages" m WHERE m."conversation_id" = "conversations"."id"
            AND m."seq" = "conversations"."newest_seq";
        UPDATE "conversations" SET "last_message_at" = NULL, "updated_at" = "created_at"
        WHERE "newest_seq" = 0;
        CREATE INDEX "idx_messages_deleted"
            ON "messages" ("conversation_id", "seq", "sender_id")
            WHERE deleted_at IS NOT NULL;
        CREATE INDEX "idx_messages_read_apart"
            ON "messages" ("conversation_id", "seq", "sender_id")
            WHERE read_apart AND deleted_at IS NULL;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX IF EXISTS "idx_messages_deleted";
        DROP INDEX IF EXISTS "idx_messages_read_apart";
        DROP INDEX IF EXISTS "idx_messages_convers_403a0c";
        DROP INDEX IF EXISTS "idx_messages_convers_fbc96e";
        DROP INDEX IF EXISTS "idx_journal_convers_abf16d";
        ALTER TABLE "conversations" DROP COLUMN "newest_seq";
        ALTER TABLE "messages" DROP COLUMN "read_apart";"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYfakzo/oc23FySedmnMRt3SZ2LnauncY3EiRCFmIKUEgoiqaX/367AP"
    "gqiiYlS6IYfnEiAAsCz+J1d7H7d2skHeb6+6d9xb9wNWs9J3+3BB0x+M9cXpu06Hgc5WCC"
    "oj1XF6amFGc6mfZ85UES5Ayo6zNIcpjf9/hYcSkgVUxcFxNlHwpycYtVXMkRU0P4QSiZ+M"
    "wjDnfaZMy8IR37RElChVRD5u2Tc8cnckA+yZ5P7hgbE0gmv11dXhA1GzP8NSN96AWZcjXc"
    "vxE3otuVos+6XcJ9MhH88wTyoCpG/PCjfTkRCuoV7oxgYbInBSNjTw64y8gXzqbYFv0f+I"
    "cKhwzlxHu0j/01VXaUvGXYQujNx/9CMhcO+wqIwM+PAJUHuR3uIAH8hQIfW9hPmzSXjzWM"
    "7zoDzlwnwRhTRKd3sMOY9uHD+eufdUmEtdfpS3cyElHp8UwNpQiLTybc2UcazLtlgnlUMS"
    "fGLmSQ5W2QZDoJCcqbsLB3TpTgsAGduMj01k+Diegjr4n+Ev45/pdtWqxYp3Nxed25Orvu"
    "dFpFxohN6kuB44sDvxCYb6beCBCd2sIPvPr19P3e0ckjDYH01a2nMzVcrW+akCpqSDWfIp"
    "Spbv880q+G1MtGOqJIoQ2NXQbnICECOppMAYQBSGuAtTWiXzsuE7dqCD8fHxzk4Pyf0/ca"
    "aiilsZYw+83CcGGzDk0eYh5hDDO4kzWacS5nYxxRpDB2eF+R/xGX+6oA1nbEVgXqHGQRCq"
    "x55Puf3Tige29P/0xj/erN5cv0UMcKXmbgrrgCqhLDO0G01AivGOrJAX745EmBAQ6lFg5w"
    "nZcEGjYXiitMmSEep2kG+fKDHDfxMuM7KP8gQ/v+PXJzA7vQyn2Ys3Ifzq/cfY8hGB2q5i"
    "F+DTmKj1g2zEnK9AC3pPvBf3Zw38wB+/r87dnV9enbd4nB/vr0+gxzDnXqLJW6d5LiS1gJ"
    "+eP8+leCP8lflxdn6TkRlrv+q4VtohMlO0JOO9SJYxIkB0kJNicOpUUnUoKofhvFyXGB6X"
    "RyvHA2YVZyMsVuAUUxjpHU8LD5MBDjBWpwl3m4R/jm4f5Zeozfit/ZTIN+Di2k2ZuCvRt/"
    "sNXsGNjfgtEUpEZTzqPT8MYZH2TQd+gxU2ZYnl69On191spYKjYHasXWiKKYJhbHbFRx3P"
    "Zo/25KPaeTGMCYIw9lKiUsO581OhylU6igtxoe7Ae22sL+SoovzPOp7ficHCiR386TBfVj"
    "JZcXB11PJRkzOXYZ2et2Xdi3uNPtkp9Itzvkt0P9qx0Ic1AyM6bce0SkRyi59eRkTPZ6Ug"
    "113Y+sEMilvur47DPUIyajHjRSi45GzPcBFF/Li+REkVs69tvElu8PqbhF2RGDXs2MsEgN"
    "qUJZkq9gdDuE9oDqRnBF9nzGgNCg8o9PcuIJ6u6PZ93uoxeQjrhAl6EyU6v5pKnZJqFkiy"
    "vf9r1NfKm/diOmQ4nlyFACO3W7PTkld7B1+yjMQsETdN1jI4Y9g1bF+QAt5a5raC0Ygk1Z"
    "CAc3NZq0AJCwm0IqYgaq0yYHVnSm9F+dK9g+eQOXEgBkCG3i6sWN0FI4CiWk5+jm9GYAwG"
    "Ts2NMffBSFaPqnydNo20/rAm34Eu8P8RvwSQH1kimFbzABcOwhY7Oa0tb1pj5l+idMPdjT"
    "BDhY64g6bKE072PLDEDMtqPPCOgSIr5ETiO625rorrRooxFrlBNrBOvoPMYv+e25UNkox6"
    "lSQON+uaZz1MG6YL7FFvz4z8PDo6OnhwdHJ8+eHD99+uTZwTMoq5s7n/U0hxUvz385v7hO"
    "MgETkshHi3Y57JN0W0T/YNcQj50BlhjuEWGDeXHM7TGpHN4xos1h/bhWq0vqBFZWtJdB/g"
    "DyvYptr3US7zVS3MUTEDroXAp3ZkfgjrDdTpZcrkcXo7JcT1I2XN8lrgeX0zmWL74WxUjq"
    "dzF6eDF+JCIoCnBE0eBbWoYP4DXS5nukzdEAu1+Aj7O9AfQeQGNLYlnhfdwqxMibM+43lv"
    "Ln398zly4wJ7NAvzW17OAuuwjsxHAcU0/xPh9TJFoJqHdRTXUCa53KoHOHjcZSMdGfwcxv"
    "ZaiDUiXaeQohHpXt3LHZ8jqhP1AfgWa53W7s+z9CA7pd1JtgFiw/qCWB72ixPhX+FNUPLy"
    "BlrMhAeuTwWJvu+oVNd2OXnXKi/cU7/0Oq7itka3R0WMTWCEot3PZ1Xr54fwDtYd7Ys2Kd"
    "opCnyBqziQJHWtjs1SRj+V0ohIsINieDWye+Rgx3+Pj46fGzo5PjUPoWpuQJ3eYFbGY1ms"
    "dzsTVoRNHYgi5vC9oIupZhRZVEHAvlmXM3xO2Yz/xmTD2yjkpBVu4Z6VOs0DJHo0s8+hhr"
    "FKNzekFoaMeBFhNkCKchNCyB/3szwoX+IadCm5FwGBOMOtY0JDR5sY+itMGENViBY9ac/c"
    "QekMSNfvYThjNolNM2lhraLCRuqmFr0++9oBb8N03dTpnlTGCeeJrKlf07UwMcC6EX+9h2"
    "GFNcWRsbCQCQgSdH9mQIEw5fduEhkCKEit5pmxB84RVWCG0bAsvRXAcqGHGF058LbUSi20"
    "/emWF79e83sK7CAm0e/phmTD04lKKlyt4BfJRAGa4Y9KE3s8YsaKJDdQ+Y66JhC5rYKKjZ"
    "F9C9oTSM8hkTlhl3sDDAx306s6XxWGvQcQJ7I0eOYELP2xtxx0dbJ4o4WIshQFB6WO+Ae6"
    "H5j5IkYR2VtIoKbGyMPQ9MgRnWrY2ejFGWtR7SXJwO5Y3ALrbJJ8kFtBHQdtlAIY0PdVre"
    "UCjtQM/bhA8AFB+gZwrf/C22wYmPMXsJt/rV9GO6IHnuKI9HeCybVVWM2Y0Jz5ZNeJZRuG"
    "9D177+s+eGVcDB8lkO+jhVA/7S4CeWoHJjP0XZMGFpJuB+W0auEJSvoUDh6LCQNCdHmJMW"
    "KMCBpMzt1xZvrr7LX33DY165BSVBttRqUjHct2hRtXlL2QZ7FJ3ZC0qZxTxO0+jkCwiIzY"
    "WuDMQxkgbh+xEuL7JsRJUVFVUmj/pzAoiiMoUM0hUEDBWbTquIE7b6orpiOG7YGKufeh26"
    "ohFR+rHpbmFf1JgoYyLfb6a12afrO4rsvS/Xt6MkCky2MpREMWuuxUqiuOHYij72fModVA"
    "LRhCbHqhxQfB++m9VPZqnrahG/9sDnkyF1tBqDcLVPToO3waG+CZ3yGWUT6pbwOa7WcKD8"
    "/3O3+0LnTKXn+FqhcKvfDwdfRbsv82HU2WidCn4YQHF536ib+tAaZhrQ1ioRfBd9I/TbYO"
    "xWjw0kKpkUgCBJzJDsBz/4jFVzoAoGO2Ab/kNMIZZSlkEbbkQcKihr1S3PSaQxw1fjMQ2U"
    "eYmcUiNhnw2reqgB0YhnPBgvpQfBy6JWbPgM1WOhSmNey+Fy6FP2++V79Cv36kwWFEo0yT"
    "b071Y0ZRb1J0GKjWVfx565PIRTLZIrfQ1eHvl2vhuvinbVa2lymDD4g/zx69n7s2DUwkAn"
    "51cElidy8eHNG7ParrF10TC/r4FRSXJ68TrdXt3WRk21VTVVacnOxh/g1k6qsyuawd1/hb"
    "tLqsDdR3sXdX+7j3r1lX0tBceCde2KaU+RRVyF5PmJnHMTKYViWWba19CphdKtgKQWGtU8"
    "oeXZn9f5+r5QZvnm8uKXoHhaCZiWFyvaH45Y5rOZHDvjJFmjcV3B2Di8YpVYWBJEjQDyfr"
    "1IY9K91JKza3qSxlnBd8Fm5vDluJwgbLzNVJnHkfyqLJOTlA2Xq8xlqzsoy+IYWcPf6vM3"
    "EF+npBRSuoyKPA4HhCkm94ByXVtwmBLnbGGdWWmOvry8fJNg5svz9LXtw9uXZ+/3HmsuQi"
    "GuFsqEKmIkskNHnxJWIgnFVHHztRhRLSQU35WpSNXAX6utiBmrDwByzQMdJOb08n59hFR8"
    "YI0UVvRZcxGramfPO5v1WZOALMPCJg3pYjObOT4+TDxLfygnrqM99u+Ty8C4JXqljR7o7V"
    "tdrozVDMa9dLWdDqP9IXE4dVlfhVY6A+YxHdeyre1aXC3vMCHyrJ1JynTGGrhwx28bfzg6"
    "/AAU4l4UQFM/o0ZH/iJpA2Td7+uXIeZJOQblDF7uygHRpkH42pf7aA2Ez6wxXmervcCOJX"
    "AVa+ZdYLM1b5cSs+bKCJwZ3BzS6UEPTAZwT0bVNyYT23POj1CVOG8F5ZujVgGh+ILIB4u1"
    "bbWKfLBpVVugmS0Mti3fYF0ea5eLuzLLRlC+DlintfTHzwrp6Y+f5WjqMTOlONYbSwcwYG"
    "4ZpNN09UN8LbGPeb/cs7mgfP3gXUuImrHHpWfD1heFOE6zQQMfIb2R8fy0iaFcaCTnDOQ0"
    "0GXDGzehjVe3MAlvfmWATxA16K+CfvyiXY4FacqGD41Tx0bhmKtwDOU4JZkcp2tUylXmcG"
    "MyUG/+Otwfcd9fzvQnRdtwusqcZl/HHKpbxo4vQdlwucpcDnUpczzOlRLJxr9GcUl+UjdW"
    "VCmVpGq8wmzdK0zVLgYbtvXZrLOSqoH9YN5K5hbfzWFazYXgXkjj200CU2hAzM1DarV9AF"
    "iLR+XaUWSTW0yVvOvE43xl2P+kwoAtNv9JRx5bOh7DmHm+trnRLjy40B5t4oZ8L5LuaKwb"
    "ffT+CXWOetpmiOl4AFiqlEOY+61pGkOY7RrCBIyfxzrvsX+caosP/XfahYiJS7HEJTVBWE"
    "OxcY3DHzdPKZqr1ZonT/OMYuujuA4uN3cV2or63HwX+KPKuhLEfFXl3AdsqVXi1mIErbAe"
    "HZhMxyV7jjHC4uHEhrEwZTqyGdwJ7tisHcUSM2HbhI7lVTCCbamDft7hM3O1zjh22uGx2h"
    "l/nUv1Bo+d6QvA3JK+pWkRmgP5mTMjlp07OeJvZTrjFNXSMZ7tixkdCW/KVX/IHEKndGaC"
    "+eEMsGNCB9bDWRN9Gu7b2JlV50YVTjQViuz8UBqOvJBvktuBU9SeKkaykiHVcnabkQyiN+"
    "Gu4sLfx89uQwzxYPZVK61O952YLgW7lvBnzeelrc6a9ZyWVlvqJ/7watKLd2d+vU+XyT8R"
    "QemOHyu+mpy0h2FJmYeCUqiYMOGMJSDXtn63g2ePGFrU1+cm9BDoENsA7URbFVzuG/FnVc"
    "SfAZfLbLBxmtrtsOt61zM+fHLiDMvAHFHUUDCzltcmdKJKIRyUb/Athq/dAcpAHCOpIcoP"
    "H5mzsaZfDH191SJVuOVum7uNSVQjTC54lXov5egtQ8uMVsYlKpbbzrs+eVCuM9IFl784nR"
    "oRmbkTGR8sfhvFYNozC3qPGUzUxIPKhox6GOdp4is5IvjxxZYkmKszG/ORit+fAk4VXbaD"
    "8jVcs9dy5Gx2xmZnbHbGwjujRj1jTwy4sXg3xA6tsg0aK8t9cj1khGufadz3J8wh8CE2Rc"
    "3rcxPoUMk7JkKFEXz1C+yfp+/O2+izTJcIPLEpqR2XGTdrY08OuMuSvtCSNRiTTRNlyrHq"
    "KE30HDZiIl0Hiumv2zI+EVK7htOu1nS09yCAIOnLCYwIXUlQWA50lEP8uHaxtuczRjJjBj"
    "7SFepP+R06UMyDGj02AIx904IQnTBI4j65xPqldu4WRHLc63Yjp9tQL5Fw/TFBEA3GLhuo"
    "Npw7rBM73cugj1RA90gPWYQNJjjC1qGqznGW0ijhllPC6X9LAB2Ur9+TrrUcKtiI8lLOlU"
    "KC+gF8VCjc1FFOvKmj+YBT9AuM7IxTRI4oNqSoH8RrUymEW2JZWWGSsnnmW+VnvvFjRFk+"
    "p2kbTleZ07ET6Dyj8wwCU4RN5EkNWKFHKBo6OMgv49omTdvMrirPribu0ffA5UZ/uniBrZ"
    "f+tISNZOwwRb1bPZd7GS5Jy0SGOO0r/sU6Kd3J2T4fFSLthRi6x7MMgdcEU9WmSyGcrKhy"
    "RZSKeyvYSZD6dOKzrDcuTSSWOEzbi1uzk6Mq9A/xAHilnFLUEq5MY/EVIMswVa8jbqiwXx"
    "GqpEFKXUAqpcaMCy0Tj9OyUQ2eqBQYhsnqarItlNT6njKP91HSPKf3tTntPM0vjcosofq1"
    "SQ+sU/xe3r4ePj5+evzs6OQ4FHKFKXmyrUWvWiNQ8Xl9pkuCxSqYGEkN7WbW8+AAJlUJhG"
    "3xGqK7ltgsff3CLEOQk/MUNSLZ/FPU7YjoqvHodFUTpm//BwcM2nI="
)
