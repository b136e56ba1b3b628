from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE "idempotency_keys" (
    "id" VARCHAR(320) NOT NULL PRIMARY KEY,
    "fingerprint" VARCHAR(64) NOT NULL,
    "status" INT NOT NULL,
    "answer" JSON,
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "idx_idempotency_created_944834" ON "idempotency_keys" ("created_at");
CREATE TABLE "users" (
    "id" VARCHAR(64) NOT NULL PRIMARY KEY,
    "name" VARCHAR(255),
    "email" VARCHAR(320),
    "avatar" VARCHAR(2048),
    "profile_at" TIMESTAMP,
    "tokens_after" TIMESTAMP,
    "last_seen_at" TIMESTAMP,
    "deleted_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL
);
CREATE TABLE "activities" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "action" VARCHAR(100) NOT NULL,
    "job_id" JSON,
    "job_title" VARCHAR(255),
    "metadata" JSON,
    "once" VARCHAR(200) UNIQUE,
    "created_at" TIMESTAMP NOT NULL,
    "target_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_activities_target__a3f9be" ON "activities" ("target_id", "id");
CREATE INDEX "idx_activities_user_id_508499" ON "activities" ("user_id", "target_id", "id");
CREATE TABLE "conversations" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(255),
    "last_seq" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "last_message_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "high_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE CASCADE,
    "low_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_conversatio_low_id_366dbc" UNIQUE ("low_id", "high_id")
);
CREATE INDEX "idx_conversatio_high_id_cd760a" ON "conversations" ("high_id");
CREATE TABLE "messages" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "seq" BIGINT NOT NULL,
    "kind" VARCHAR(20) NOT NULL,
    "content" TEXT NOT NULL,
    "attachments" JSON,
    "client_id" VARCHAR(64),
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "edited_at" TIMESTAMP,
    "deleted_at" TIMESTAMP,
    "read_at" TIMESTAMP,
    "conversation_id" CHAR(36) NOT NULL REFERENCES "conversations" ("id") ON DELETE CASCADE,
    "sender_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_messages_convers_b8b89b" UNIQUE ("conversation_id", "seq"),
    CONSTRAINT "uid_messages_sender__afdfe8" UNIQUE ("sender_id", "conversation_id", "client_id")
);
CREATE TABLE "notifications" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "type" VARCHAR(64) NOT NULL,
    "title" TEXT,
    "text" TEXT,
    "link" VARCHAR(2048),
    "action_label" VARCHAR(100),
    "icon" VARCHAR(255),
    "priority" VARCHAR(10) NOT NULL,
    "data" JSON,
    "reference" JSON,
    "related_job_id" JSON,
    "created_at" TIMESTAMP NOT NULL,
    "shown_at" TIMESTAMP,
    "read_at" TIMESTAMP,
    "dismissed_at" TIMESTAMP,
    "expires_at" TIMESTAMP,
    "actor_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE SET NULL,
    "message_id" CHAR(36) REFERENCES "messages" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_notificatio_message_0688a8" UNIQUE ("message_id", "user_id")
);
CREATE INDEX "idx_notificatio_user_id_bf5d2b" ON "notifications" ("user_id", "id");
CREATE INDEX "idx_notificatio_user_id_87be33" ON "notifications" ("user_id", "read_at");
CREATE INDEX "idx_notificatio_user_id_e9b72b" ON "notifications" ("user_id", "shown_at");
CREATE INDEX "idx_notificatio_actor_i_f73a90" ON "notifications" ("actor_id");
CREATE TABLE "participants" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "read_seq" BIGINT NOT NULL,
    "joined_at" TIMESTAMP NOT NULL,
    "conversation_id" CHAR(36) NOT NULL REFERENCES "conversations" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_participant_convers_f57271" UNIQUE ("conversation_id", "user_id")
);
CREATE INDEX "idx_participant_user_id_cc0d39" ON "participants" ("user_id");
CREATE TABLE "notification_preferences" (
    "choices" JSON NOT NULL,
    "user_id" VARCHAR(64) NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE TABLE "push_subscriptions" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "endpoint" VARCHAR(2048) NOT NULL UNIQUE,
    "p256dh" VARCHAR(255) NOT NULL,
    "auth" VARCHAR(255) NOT NULL,
    "dialect" VARCHAR(32) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_push_subscr_user_id_b78db4" ON "push_subscriptions" ("user_id");
CREATE TABLE "room_members" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "room" VARCHAR(255) NOT NULL,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_room_member_room_0263f5" UNIQUE ("room", "user_id")
);
CREATE INDEX "idx_room_member_user_id_306cfc" ON "room_members" ("user_id");
CREATE TABLE "aerich" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSON NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXVtz2zYW/isYvawzo3oSWXG8TWdnlEtbbxO7kyjbTpMdCSIhETVFMAQYRdPNf98D8E"
    "6RNKmbKRYviQXggOB3cDtX/tVbMpPY/HxkCPqFinXve/RXz8FLAn9s1PVRD7tuUiMLBJ7Z"
    "qjEOWlGiivGMCw+KoGaObU6gyCTc8KgrKHOg1PFtWxYyAxpSZyG7eM+WRFjwA2Hkc+Ihk5"
    "p95BLPwi5HgiHsMGER7xxdmxyxOfqTzTi6I8RFUIz+/f72Bom1S+SvNTLgLdCKCuv8k/PJ"
    "mU6ZY5DpFFGOfId+9qEOuiKIxw81mO8I6Nex10g2RmfMIcj12JzaBH2hZCXHov6A/7BjIo"
    "v53qNz+b5BlxPBFkSOEN7m43+hmDom+QqIwM+PAJUHtRNqSgL4Fxp87Mn3DIs26mUP7t1k"
    "ToltZhgTNFHlE/nCsuzDh+tXP6qWEtbZxGC2v3SS1u5aWMyJm/s+Nc8ljaxbEId4WBAzxS"
    "7JoJC3UVHwklAgPJ/Eb2cmBSaZY9+WTO/9MPcdQ/IaqSfJf4b/CoeWajaZ3NyOJ+9fjyeT"
    "Xp05EhYZzJHziwK/JDDfgn4TQFRpTz7g5c+jd2cXl48UBIyLhacqFVy9b4oQCxyQKj4lKG"
    "M1/k2kX1rYK0Y6ocihDYPdBueoIAE6WUwRhBFIB4C1t8RfJzZxFsKCn08eP67A+T+jdwpq"
    "aKWwZrD6g43hJqwaBHUS8wRjWMGTotks13IxxglFDmOTGgL9D9mUixpYhzO2LVBXICuhkD"
    "0vOf9spwE9ezv6PY/1yze3L/JTXXbwogB3QQVQNZjeGaKtZnjLUM9O8MHTpzUmOLQqneCq"
    "Lgs0HC5Y7jBNpniaRk/y7Se5PMSbzO+o/V6m9v1n5PEmdq2de1Cxcw82d27DIxKMCRabEL"
    "+CGkGXpBjmLGV+goek59EfJ3huVoA9vn77+v149PbXzGR/NRq/ljUDVbrOlZ5d5vgSd4J+"
    "ux7/jORP9Mftzev8mojbjf/oyTFhX7CJw1YTbKYxiYqjogybM5fSugspQ9S9g+JyWGM5XQ"
    "5LV5Osyi6mlBRQF+MUSQcvm/uBWApQ87vCy72EbxPuH5lH6ML5hawV6NcwQlx8KISy8Yew"
    "mxMD+1s0m6LSZMl5eBVLnOlJBu8Ob0xEMC1H71+OXr3uFWwVxwO1ZXtEXUwzm2MxqnLezr"
    "Bxt8KeOclMYFnDBixXErfdrFoOlvkS7OCFgke+hxx1CPtL5nwhHsfhi2/ogTL1/SpdkJFq"
    "ub06aLxiyCXMtQk6m05tOLeoOZ2iH9B0atGFpX71I2WO1My4mHqPEPMQRguP+S46mzFhqb"
    "4fhUogG3Mx4eQz9OP4yxkMUqmOloRzAIUrfRHzBVpglz+HB8nXgBFCc8PCTtQCEShfh0VS"
    "EQV9fHKWRHVoUbePOIMyLNDKYrItshhwQD3KYyt0B6ctl/onqSuC0RrYsIiJkg4QF9S2A6"
    "oy/dLHXgCJrA7xCFRGGaVTpkYrkx5MmdRY2NaCdjNBO1rZmxi/oItrRxSjnKbKAS138AOd"
    "7I8PBfNCjuC7fw4GFxfPBo8vLq+eDp89e3r1+AraquFuVj2rYMWL65+ub8ZZJsiCLPLhHt"
    "kM+BTR8XB/0inc1dwNT64txPAC8j3I4i3beLokimuNS/kChBc0bx17Hc7AE2F7uFgque67"
    "5pZcz1Jqrp8S16Nre4MLY4qke1fG/avcEuGpLsAJhca3sb4NwNOaoXs0Q8kEu1/ZJle7Bv"
    "QeQFNbYlNFW9qCG+iGCuSbkPLHX94RG5e4foRAvw16OcFTtgzszHR0sSeoQV0siXYC6tek"
    "py6BdUjF7bVJli4TxDHWsPJ7BarbXIt+lfKWJm0nd2S9vf72N6kAlS5002nq+d/BAKZTqT"
    "SVVbD9SPUoPAetMEfY4SviEfM5lLgCzZmHBkPlZleqBt3QeKaEnWZKz/KTf59mthb5BVwM"
    "6vgFQKvSY1/VVSs+5zAe4rleqNapC3mOTJs4a1xp4bAXfsH2W6qESwiOp4M7JL6BGm7wZP"
    "hseHVxOYy1b3FJldJtU8EW7EabeJZ7biUU2m9re78trejahhVtUnGU6jM3JMSHMXVHt/GC"
    "q1Lqol5+R0rLBDuGOnBMTUQdaQVOWc1Dc7VUcMFkDsIWVhaBZratzMgqEIIjC5tINkJUnK"
    "MRCkQcM7Jnq9gIDnVcmZ1lyAL8LTtWJvDnqmbFPBNuXh5BC7iRlVub08MLhSppOFNRDJzA"
    "cog8RQoaGjYljiiyUGuz9IOapRsbTI9uKz38feHIZrs7eNsmN+Go/fGuwD1BvopDzeO8a3"
    "Itz+QKx+QNv2TmgJxZcHMYw0uV3BoSkk7IGVWXhNe/j6vva/Ed4c3tzU9R8/wlLndPFgIb"
    "1pIU6n4qLstZMn1j3uHGHJ+vDTaWDJE2adwvX2u5ZKst5xTkEm1x/9uxmZh0Oy5nCLXLVJ"
    "t5HMrDWzA5S6m53GYuh1qSpixOkWn+tpm/BQqlunqhAtJ9Konay+R7dUJpHVBKeVdXeMgQ"
    "dUJqPrJDlJGLptrRkScfnHVi4Nf16ClYz/f7SgVzdQ8gdzzaM7Omt3eYcpigc2ok0X/bOw"
    "PdpLo62TP4uM5AGcgK7Ft5SMuNXBt83E9SL24x3zZVDOQ5unVIECiJY5vVEpsEyUFLw1Vg"
    "s5LJv2xlJSPYsJBJsU0MEdvI5sQjKrlXH8mftpLBgzxB06mybEmLGbyoHb7NPzhiKwdRk/"
    "cDRyMV1AmNqJdkETtXdjILGmYtcDAo6ao0px4XCJaMUJnJEGfGHRHSr0kZ5pinVJfEVE5M"
    "MmlZqWEtisEJ1l0Ucr0ZypkKxi7IHhbdZvPl0RsEFcA95ul40GNdsiriQSVUDe5bUXt91a"
    "qhqC0Jti23AHUq2PbY5p/IWlgb7LC9xro51jZ17ppsG1H7LmCdtxwPr2rZjodXFdZjWZkz"
    "ZqqDZQIYELsJ0nm67iF+kASQ1GiWYjNq3z14D5IVwfUo88LcvXUhTtMc0enEYd4S24e6xe"
    "Wncq2ZXDGR80A3zfGo8zvu7vUQS35NgM8QafR3QT8taDdjQZ5S80F7y2sjWKURLNbjNGRy"
    "mk6bOdvMYW3G7jZ/TcqXlPPt3FFytJrTbeY0+epS6G4b37IMpeZym7kc21I2eFypJWI7eU"
    "20jJ+H1uRnbWN1jVJZqh2MUy1Dez/+PjrZuE423gY3iP4uycbVRno8TNu5EdwLafq4yWAK"
    "A0A3H9686RXttnuAtX66oxNFNnvEtCmNezqBUoH/Ty6/Urn7Tz6l01beP9K/xyUeVz43sk"
    "fpxCMT/6Qd+Z6jMNI9SMxOg0TpMj8tCpK0Iw6/LcxVqHujCPX7vWm0I8zDOsJEjN/EuioM"
    "PU2l83ZvF4j+J6POVsqIDGEH1cYdziurQym0aHXgxaPDKB58Fh8mjEJLsXuRYh9IKoj9Hn"
    "ivSCpIVVdKBemggImbo9o6S2gYGiCv+HxFhfoaEl7hNZp7bKmyVIX87KPZWkkHyaNBsJAv"
    "UzM/aOltvw1bd4tyg+5LlVt+8TcsRo2itMrljiMpkp08RrZzUEuErZlPbUEdfi4f+xDy1t"
    "4cSTZO1ia7031HAwj/Ywb/HPhgeNBVc5hjYbet3ufWe3+Wfp3N/T7fpnLTd6H1hKea76YQ"
    "mnlsBXBIjRB0jIhjuiBRwt5OHbW3h/Fd8uN5nMgjQKbnMlE4gBlR2Q7rbfdaz9MWPU/E5S"
    "YHbJqmcyfsoQIY3MHTS7Pg2xAVDt8xRQcl0IO41WNfNEI4aq/xrYdveAI0gThF0kGULwY1"
    "QL4YVCTq18nstP63HVLuQ3NX+35orVlNUeodY8u36qvcvQIhKlXbrxKfPGg3CT/uvbXgNA"
    "pUZIFMFCSb4H2pBlMpKGSajLkvfA86swhWHxX3uWBLJB9ebjKXtdpOfgryU8Sputt21L6D"
    "e/ZBrpz6ZNQnoz4Za5+MCvWCMzHiRvlpKF9ol2MwcCc7R2OLIKqSQ1HOfWIieBBZwclGvg"
    "++pyLYHXFig1H4pbnRr9d9mZxJtYhSTgmmMjQF+aRcj82pTbJJn7I9BL5phoUdwCY0Rymi"
    "7+EgRsw2oZl6etiGI4epHFgqp5Sq4RM8F8SDR3hkDpDwgCB+mRmZw0JQn3W5nctTXyWdir"
    "7vcjadJglqp9NHiIG0IgfyyQkgsclc9OGaECbXUoOKhoQdGA2aSUTlayM5IXa1nunv6e1t"
    "x6y6BKj/GwAdte9eqMlB7gBkiWmjpC8xQfcA3uPHIVN60y8wswsO/QrNaUzRPYgPZgGIT7"
    "Cmqr0spQ4/bHP4Yfoa0ZTPeVrN6TZzWt42J5yQbdI/5Gk1p9vMaf29ir8Dl7XprfyC1C3T"
    "WwP3utTBjr2FWsuzgrR9TbKnjwxBv4SJ/E5ytW9mTs9n6oTXo0U+pAeCqW3LpRZO6Y8Vb4"
    "9S/YjekwTJwD4nBUos/bWCDEwP922Hk5xVcQz1HvDKBW53Eq5CP+MdICvwcu4ibtLWuyNU"
    "WV+GroDUyAKWVqBl4pqKUY2iG2pMw2x3HTkWGhoMR8SjhtR6bpgMw5p+ldEQJ222sBqGRX"
    "u2b5UmJyg0bxWkJQg53V7rVpCWYPBk+Gx4dXE5jLMRxCVVSQiihAPl1iwZgloYtltuDkiR"
    "dNDl4jC+6rCoGiAcNu8gugf5foGhgpMKFDkVUYwJyfGjGB9GRdeOeMVdvV++/R8LML4t"
)
