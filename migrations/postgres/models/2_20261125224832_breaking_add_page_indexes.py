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
        ALTER TABLE "notifications" ADD "in_group" BOOL NOT NULL DEFAULT False;
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
        UPDATE "notifications" SET "in_group" = true FROM "messages" m, "conversations" c
        WHERE m."id" = "notifications"."message_id" AND c."id" = m."conversation_id"
            AND c."low_id" IS NULL;
        CREATE INDEX "idx_messages_deleted"
            ON "messages" ("conversation_id", "seq", "sender_id")
            WHERE deleted_at IS NOT NULL;
        CREATE INDEX "idx_messages_read_apart"
            ON "messages" ("conversation_id", "seq", "sender_id")
            WHERE read_apart AND deleted_at IS NULL;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX IF EXISTS "idx_messages_read_apart";
        DROP INDEX IF EXISTS "idx_messages_convers_fbc96e";
        DROP INDEX IF EXISTS "idx_messages_deleted";
        DROP INDEX IF EXISTS "idx_messages_convers_403a0c";
        DROP INDEX IF EXISTS "idx_journal_convers_abf16d";
        ALTER TABLE "conversations" DROP COLUMN "newest_seq";
        ALTER TABLE "messages" DROP COLUMN "read_apart";
        ALTER TABLE "notifications" DROP COLUMN "in_group";"""


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
    "tdrozVDMa9dLWdDqP9IXE4dVlftW+E9EykSm2ZIn1bF1Ztgh/4+Jqai47+0e0+Cg17Bsxj"
    "OhRmW5vCuFpEYqLqWdOUlLWNtYnhjt82LnR0xAIoxL0o5qZ+eY2+/0XSbMh67NePScwrdI"
    "zjGTz2lQOirYnwgTD30YAIX2ZjiM9We4HpS+Bd1kzVwMxr3pQlZgCWEWszuGyk04MemAxg"
    "uIyqb6wstmZlEYzjkheOOFlz3Shw3dDolDgKB+WbU3ABfcWCoBSLFaG1CkqxaS1ooDQvDL"
    "Yt32BdHmuXi7syy0ZQvg5Ypw0ojp8VMqE4fpZjRIGZKZ2+3sA7gAFzyyCdpqsf4msJS837"
    "5V40BuXrB+9aogeNPS49rmZlII7TbND2Cu5ZI+OUaxNDudBIzhnIaaDLRp5uok6vbvwT3r"
    "DLAJ8gatBfBf24QKMcC9KUDR8af5uNLjhXFxzKy0oyOU7XaPurzOHGmqPe/HW4P+K+v5xV"
    "Voq24XSVOc2+jjlUt4yJZYKy4XKVuRzqrOZ4nCslko3rk+KS/KQOsqjyL0nVOOzZusOeql"
    "0MNmyGtVk/MlUD+8EcycwtvpvDtJoLwb2QxrebBKbQgJgHjtRq+wCwFg+YtqPIJreYKjk+"
    "iodgyzDNSkVoW2yZlQ4Kt3SojDHzfG3bpL2rcKGdDcVtLF8kPQXZCAfomBXqHPW0ORfToR"
    "qwVClfPfdbLTUGR9s1OAoYP491nh+GONUWfTDstHcXEzJkiUtqgrCGYuMaR6ZuXrk0V6s1"
    "T57mhcvWR3EdvKHuKrQVdYf6LnAVlnUliLkRy7kP2FKrhBTG4GZhPTpmnA4Z9xzDt8UjvQ"
    "1jEeR00Dm4E9yxWTsK82Yi6gkdZq1gcOFSB/28w2fmap1x7LTDY7Uz/jqX6g0eO9MXgLkl"
    "fUvTIjQH8jNnRiw7d3LEnzF1ximqpcNv28dMOkjhlKv+kDmETunMxFnEGWDHhI55iLMm+j"
    "Tct7Ezq86NKpxoKhR0+6E0HHnR+CS3A6eoPVWMZCVDquXsNiMZRG/CXcWFv4+f3YYY4sHs"
    "q1Zane47MV0Kdi3hz5rPS1udNes5La221E/84dWkF+/O/HqfLpN/IoLSHT9WfDU5aQ8jxj"
    "IPBaVQMWHCGUtArm1dogcvUjHqq6/PTei80SG2Adq/uSq43Dfiz6qIPwMul9lg4zS122HX"
    "9a5nfPjkxBmWgTmiqKFgZi2vTehElUI4KN/gWwxfuwOUgThGUkOUHz5oamNNvxj6+qpFqn"
    "DL3TZ3G5OoRphc8Cr1XsrRW4aWGa2MS1Qst513ffKgXGekCy5/cTo1IjJzJzK+bvw2isG0"
    "Bxx07DOYqIkHlQ0Z9TAE18RXckTw44stSTBXZzbmIxW/PwWcKrpsB+VruGav5cjZ7IzNzt"
    "jsjIV3Ro16xp4YcGPxbogdWmUbNFaW++R6yAjX7uy470+YQ+BDbIqa1+cmBqWSd0yECiP4"
    "6hfYP0/fnbfRN5wuETjJU1I7iDPu7MaeHHCXJX3OJWswJpsmAJhj1VGa6DlsxES6DhTTX7"
    "dlfCKk9tqnXdohcSeI7Uj6cgIjQlcSFJYDHYASP65d2e35jJHMcI6PdIX6U36HDhTzoEaP"
    "DQBj37QgRCeMX7lPLrF+qZ3oBUE297rdyB861GscAer4lAZjlw1UG84d1r+g7mXQRyqge6"
    "SHLMIGExxh61BV5zhLaZRwyynh9L8lgA7K1+9J11oOFWxEeSnnSiFB/QA+KhQJ7CgnFNjR"
    "fCww+gVGdsYpIkcUG1LUD+K1qRTCLbGsrDBJ2TzzrfIz3/gxoiyf07QNp6vM6dgJdJ7ReQ"
    "aBKcImKKgGrNAjFA0dHOSXcW2Tpm1mV5VnVxOS6nvgcqM/XbzA1kt/WsJGMnaYot6tnsu9"
    "DJekZYJ2nPYV/2KdlO7kbJ8P2JH2Qgzd41mGwGuCqWrTpRBOVlS5IkrFvRXsJEh9OvFZ1h"
    "uXJkhOHKbthRTayVEV+od4ALxSTilqCVemsfgKkGWYqtcRN1TYrwhV0iClLiCVUmPGhZaJ"
    "x2nZqAZPVAoMw2R1NdkWSmp9T5nH+yhpntP72px2nuaXRmWWUP3apAfWKX4vb18PHx8/PX"
    "52dHIcCrnClDzZ1qJXrRGo+Lw+0yXBYhVMjKSGdjPreXAwzghUlqPkGmcFKKsDumuJzdLX"
    "L8wyBDk5T1Ejks0/Rd2OiK4aj05XNWH69n/AYGA2"
)
