from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE "idempotency_keys" (
    "id" VARCHAR(320) NOT NULL PRIMARY KEY,
    "fingerprint" VARCHAR(64) NOT NULL,
    "status" INT NOT NULL,
    "answer" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "idx_idempotency_created_944834" ON "idempotency_keys" ("created_at");
CREATE TABLE "users" (
    "id" VARCHAR(64) NOT NULL PRIMARY KEY,
    "name" VARCHAR(255),
    "email" VARCHAR(320),
    "avatar" VARCHAR(2048),
    "profile_at" TIMESTAMPTZ,
    "tokens_after" TIMESTAMPTZ,
    "last_seen_at" TIMESTAMPTZ,
    "deleted_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE TABLE "activities" (
    "id" UUID NOT NULL PRIMARY KEY,
    "action" VARCHAR(100) NOT NULL,
    "job_id" JSONB,
    "job_title" VARCHAR(255),
    "metadata" JSONB,
    "once" VARCHAR(200) UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "target_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_activities_target__a3f9be" ON "activities" ("target_id", "id");
CREATE INDEX "idx_activities_user_id_c36c2d" ON "activities" ("user_id", "id");
CREATE TABLE "conversations" (
    "id" UUID NOT NULL PRIMARY KEY,
    "title" VARCHAR(255),
    "last_seq" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "last_message_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "high_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE CASCADE,
    "low_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_conversatio_low_id_366dbc" UNIQUE ("low_id", "high_id")
);
CREATE INDEX "idx_conversatio_high_id_cd760a" ON "conversations" ("high_id");
CREATE TABLE "messages" (
    "id" UUID NOT NULL PRIMARY KEY,
    "seq" BIGINT NOT NULL,
    "kind" VARCHAR(20) NOT NULL,
    "content" TEXT NOT NULL,
    "attachments" JSONB,
    "client_id" VARCHAR(64),
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "edited_at" TIMESTAMPTZ,
    "deleted_at" TIMESTAMPTZ,
    "read_at" TIMESTAMPTZ,
    "conversation_id" UUID NOT NULL REFERENCES "conversations" ("id") ON DELETE CASCADE,
    "sender_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_messages_convers_b8b89b" UNIQUE ("conversation_id", "seq"),
    CONSTRAINT "uid_messages_convers_081999" UNIQUE ("conversation_id", "sender_id", "client_id")
);
CREATE INDEX "idx_messages_sender__0cb83e" ON "messages" ("sender_id");
CREATE TABLE "notifications" (
    "id" UUID NOT NULL PRIMARY KEY,
    "type" VARCHAR(64) NOT NULL,
    "title" TEXT,
    "text" TEXT,
    "link" VARCHAR(2048),
    "action_label" VARCHAR(100),
    "icon" VARCHAR(255),
    "priority" VARCHAR(10) NOT NULL,
    "data" JSONB,
    "reference" JSONB,
    "related_job_id" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL,
    "shown_at" TIMESTAMPTZ,
    "read_at" TIMESTAMPTZ,
    "dismissed_at" TIMESTAMPTZ,
    "expires_at" TIMESTAMPTZ,
    "actor_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE SET NULL,
    "message_id" UUID REFERENCES "messages" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_notificatio_message_0688a8" UNIQUE ("message_id", "user_id")
);
CREATE INDEX "idx_notificatio_user_id_bf5d2b" ON "notifications" ("user_id", "id");
CREATE INDEX "idx_notificatio_user_id_87be33" ON "notifications" ("user_id", "read_at");
CREATE INDEX "idx_notificatio_user_id_e9b72b" ON "notifications" ("user_id", "shown_at");
CREATE INDEX "idx_notificatio_actor_i_f73a90" ON "notifications" ("actor_id");
CREATE TABLE "participants" (
    "id" UUID NOT NULL PRIMARY KEY,
    "read_seq" BIGINT NOT NULL,
    "joined_at" TIMESTAMPTZ NOT NULL,
    "conversation_id" UUID NOT NULL REFERENCES "conversations" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_participant_convers_f57271" UNIQUE ("conversation_id", "user_id")
);
CREATE INDEX "idx_participant_user_id_cc0d39" ON "participants" ("user_id");
CREATE TABLE "notification_preferences" (
    "choices" JSONB NOT NULL,
    "user_id" VARCHAR(64) NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE TABLE "push_subscriptions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "endpoint" VARCHAR(2048) NOT NULL UNIQUE,
    "p256dh" VARCHAR(255) NOT NULL,
    "auth" VARCHAR(255) NOT NULL,
    "dialect" VARCHAR(32) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_push_subscr_user_id_b78db4" ON "push_subscriptions" ("user_id");
CREATE TABLE "room_members" (
    "id" UUID NOT NULL PRIMARY KEY,
    "room" VARCHAR(255) NOT NULL,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_room_member_room_0263f5" UNIQUE ("room", "user_id")
);
CREATE INDEX "idx_room_member_user_id_306cfc" ON "room_members" ("user_id");
CREATE TABLE "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXetz2zYS/1cw+nLOjOpJZMXxNZ2bUR5tfU3sTqJcO01uJIiERNQUwRBgFE0v//stwD"
    "dF0qReplh8SSxgFwR/i9c+sPyrt2Qmsfn5yBD0CxXr3vfor56DlwT+2Kjrox523aRGFgg8"
    "sxUxDqgoUcV4xoUHRVAzxzYnUGQSbnjUFZQ5UOr4ti0LmQGE1FnIJt6zJREW/EAY+Zx4yK"
    "RmH7nEs7DLkWAIO0xYxDtH1yZHbI7+ZDOO7ghxERSjf7+/vUFi7RL5a40MeAu0osI6/+R8"
    "cqZT5hhkOkWUI9+hn32og6YI4vFDDeY7Atp17DWSxOiMOQS5HptTm6AvlKxkX9Qf8B92TG"
    "Qx33t0Lt83aHIi2ILIHsLbfPwvFFPHJF8BEfj5EaDyoHZCTckA/wLBx558z1SRZHLvJnNK"
    "bDMji4BElU/kO8qyDx+uX/2oKCWSs4nBbH/pJNTuWljMicl9n5rnkkfWLYhDPCyImZKQlE"
    "kozqgoeC8oEJ5P4hcykwKTzLFvSzn3fpj7jiHFi9ST5D/Df4VdS5FNJje348n71+PJpFdn"
    "WIRFBnPkkKIgIgnMt6DdBBBV2pMPePnz6N3ZxeUjBQHjYuGpSgVX75tixAIHrEo0CcpY9X"
    "8T6ZcW9oqRTjhyaENnt8E5KkiATuZPBGEE0gFg7S3x14lNnIWw4OeTx48rcP7P6J2CGqgU"
    "1gwmfLAW3IRVg6BOYp5gDJN2UjSa5fQtxjjhyGFsUkOg/yGbclED63DEtgXqCmQlFLLlJe"
    "ef7TSgZ29Hv+exfvnm9kV+qMsGXhTgLqgArgbDO8O01QhvGerZAT54+rTGAAeq0gGu6rJA"
    "w36C5QrTZIinefQg336Qy327yfiO6PcytO/fI483sGut3IOKlXuwuXIbHpFgTLDYhPgV1A"
    "i6JMUwZznzAzxkPY/+OMF9swLs8fXb1+/Ho7e/Zgb7q9H4tawZqNJ1rvTsMieXuBH02/X4"
    "ZyR/oj9ub17n50RMN/6jJ/uEfcEmDltNsJnGJCqOijJizpxT606kDFP3NorLYY3pdDksnU"
    "2yKjuZUgf/uhinWDp42NwPxFKBmt8VHu4lfJtw/8g8QhfOL2StQL+GHuLiTSFUhz+EzZwY"
    "2N+i0RSVJlPOw6tY40wPMnh3eGMigmE5ev9y9Op1r2CpOB6oLVsj6mKaWRyLUZXjdoaNux"
    "X2zElmAMsaNmC5kph2s2o5WOZLsIMXCh75HrLXIewvmfOFeByHL75h+snU96vMP0aKcnsL"
    "0HjFkEuYaxN0Np3asG9RczpFP6Dp1KILS/3qR/YbaYxxMfUeIeYhjBYe8110NmPCUm0/Cu"
    "0+NuZiwslnaMfxlzPopLIWLQnnAApXJiLmC7TALn8OD5KvAT0EcsPCTkSBCJSvwyJpe4I2"
    "PjlLohq0qNtHnEEZFmhlMUmLLAYSUI/y2ArdwW7LpclJmoegtwY2LGKipAHEBbXtgKvMpP"
    "SxF0Aiq0M8ApNRxs6UqdHGpAczJjVWtrWi3UzRjmb2JsYv6OLaEcUop7lyQMsV/EA7++ND"
    "wbyQPfjun4PBxcWzweOLy6unw2fPnl49vgJa1d3NqmcVonhx/dP1zTgrBFmQRT5cI5sBn2"
    "I6Hu5POoW7GrvhzrWFGl7AvgddvGULT5dUcW1xKZ+A8ILmrWOvwxF4ImIPJ0ul1H3X3FLq"
    "WU4t9VOSenRsb3BgTLF078i4f5NbojzVBTjh0Pg2trcBeNoydI9lKBlg9xvb5GzXgN4DaG"
    "pJbGpoS3twA9tQgX4Tcv74yzti45LQjxDot0ErJ7jLloGdGY4u9gQ1qIsl005A/Zq01CWw"
    "Dmm4vTbJ0mWCOMYaZn6vwHSbo+hXGW9pQju5I+vt7be/SQOojJqbTlPP/w46MJ1Ko6msgu"
    "VHmkfhOWiFOcIOXxGPmM+hxBVozjw0GKrIulIz6IbFM6XsNDN6lu/8+3SztSgu4GJQJy4A"
    "qEq3fVVXbficQ3+I53qhWacu5Dk27eKscaSFzV74BctvqREuYTieDe6Q+AZmuMGT4bPh1c"
    "XlMLa+xSVVRrdNA1uwGm3iWR65lXDouK3t47a0oWsbUbTJxFFqz9zQEB/G1R2dxguOSqmD"
    "evkZKa0T7Hi7gWNqIupIL3DKax66q6WBCwZzcFNhZREgs23lRlZ3HziysIkkEaLiHI1QoO"
    "KYkT9bXYfgUMeV21neUoC/ZcPKBf5c1ayYZ8LJyyNoASeycm9zunuhUiUdZ+riQmEdzJAo"
    "eMSwKXFEsYc6IdQ+6of1UTf2nh7dcXr4w8ORfXh38LZNjsUR/fHOwz1BvopDjeN8nHKtMO"
    "WKKOWNIGXmgNJZcIwYw0uVHCESlk4oHVUnhte/j6sPb/GB4c3tzU8Ref5Elzs0C4ENa0kK"
    "DUEVJ+csmz4+73B8jjfbBgtLhkn7N+5XtrWSstWScwpKina//+3ETEy6nZQzjDp+qs0yDp"
    "XjLYSc5dRSbrOUQ5NJUxGn2LR82yzfAlNTXbtQAes+jUTtFfK9NqG0DShltqurPGSYOqE1"
    "Hzk6yshdrdoxqid/U+vEwK8b3lMwn+8PnArG6h5A7vjVz8yc3j56ymGCzqmRXAXcPjLoJt"
    "XUye7Bx40MykBW4OzKQ1ru8dqQ436SenGL+bapLkSeo1uHBLcmcezAWmKTINlp6cUKHFgy"
    "+ZetXGYEGxYyKbaJIWKH2Zx4RCX36iP501Y6eJA0aDpVbi7pPoMXtcO3+QdHbOUgavJ+EH"
    "WkbngCEfWSLGLnymlmAWHWHQedknFLc+pxgWDKCJWZDHFm3BEhg5yUl455ynRJTBXRJJOW"
    "lXrZogs5wbyL7l9ves1yqcJy2cOi02y+PHqDoAKkx7TjrQWONwVVg/NWRK+PWjUMtSU3b8"
    "s9QJ26eXts90/kLawNdkivsW6OtU2duybLRkTfBazznuPhVS3f8fCqwnssK3POTLWxTAAD"
    "YjdBOs/XPcQPkg2SGs3ybUb03YP3ICkSXI8yL8zdWxfiNM8Rg04c5i2xfahTXH4o1xrJFQ"
    "M5D3TThI862ePuUQ+x5tcE+AyTRn8X9NOKdjMR5Dm1HHTovHaCVTrBYjtOQyGn+bSbs80S"
    "1m7sbsvXpHxJOd8uHCXHqyXdZkmTry6F5raJLctwaim3WcqxL2VDxpVWIrZT1ETL5HloS3"
    "7WN1bXKZXl2sE51TK09xPvozOP68zjbQiD6O+SeVwtpMfDtJ0Lwb2QprebDKbQAXTz4c2b"
    "XtFquwdY6+c+OlFks1tMm3K6p7MpFcT/5JItlYf/5PM7bRX9I+N7XOJxFXMjW5RBPDILUD"
    "qQ7zkKr70HWdppkDVdJqtFQcZ2xOG3hbm6997ouvr90TQ6EOZhA2EiwW9iXXUNPc2lk3hv"
    "dxH9T0adrYwRGcYOmo07nGRWX6XQqtWBJ4++RvHgo/gw1yi0FrsXLfaBtII47oH3irSCVH"
    "WlVpC+FDBxc1xbpwwNrwbIIz5fUaE+jYRXeI3mHluqlFWhPPtotlbaQfJoUCzky9RMFlp6"
    "2m/D0t2iRKH7MuWWH/wNi1GjKMdyeeBIimWniJHtAtQSZWvmU1tQh5/Lxz6EvrW3QJKNnb"
    "XJ6nTf1gDK/5jBPwfeGB501hxmW9htqfe59d6fpV9nc73P01Qu+i5QT3iKfDeD0MxjK4BD"
    "WoSgYUQc0wWNEtZ26qi1PbzfJb+kx4ncAmR6LhOFHZgRlfqw3nKv7TxtsfNEUm6ywaZ5Or"
    "fDHuoCgzt4emkWfCiiIuA75uigBnqQsHrsi0YIR/Qa33r4hjtAE4hTLB1E+WJQA+SLQUXW"
    "fp3MTtt/26HlPrR0deyHtprVVKXeMbZ8qz7R3StQolK1/Sr1yQO6Sfil760Vp1FgIgt0oi"
    "DZBO9LM5hKQSHTZMx94XvQmEWw+sK4zwVbIvnwcpe5rNV+8lPQnyJJ1V22I/oOrtkHOXLq"
    "nVHvjHpnrL0zKtQL9sRIGuW7oXyhXbbBIJzsHI0tgqhKDkU594mJ4EFkBTsb+T74uIpgd8"
    "SJHUbhZ+dGv173ZXImRRGlnBJMZWgK8km5HptTm2STPmVbCGLTDAs7gE3ojlJM38NGjJht"
    "Apl6ekjDkcNUDiyVU0rV8AmeC+LBIzwyB0h4wBC/zIzMYSKob7zczuWur5JORR97OZtOkw"
    "S10+kjxEBbkR355ASQ2GQu+nBMCJNrqU5FXcIO9AbNJKLytZEcELt6z/TH9fa2YlYdAtT/"
    "DYCO6Lt31eQgZwCyxLRR0peYoXsA7/FLkSm76RcY2QWbfoXlNOboHsQH8wDEO1hT016WU1"
    "8/bPP1w/Qxoqmc87xa0m2WtDxtTjgh26R/yPNqSbdZ0vp7FX8HKWvXW/kBqVuutwbhdamN"
    "HXsLNZdnBWn7mmRPHxmCfgkT+Z3kbN/MnJ7P1AmvR4tiSA8EU9umSy2c0l8u3h6l+jd6Tx"
    "IkA/ucFBix9NcKMjA93LcdTnJUxXeo94BX7uJ2J+EqjDPeAbKCKOcu4iZ9vTtClY1l6ApI"
    "jTxgaQNa5l5TMarR7YYawzDbXEe2hYYOwxHxqCGtnhsuw7CmX+U0xAnNFl7DsGjP/q3S5A"
    "SF7q2CtAShpNvr3QrSEgyeDJ8Nry4uh3E2grikKglBlHCg3Jslr6AWXtstdwekWDoYcnGY"
    "WHWYVA0QDsk7iO5Bvl9gqMtJBYaciluMCcvxbzE+jImuHfcVd41++fZ/GEm+kw=="
)
