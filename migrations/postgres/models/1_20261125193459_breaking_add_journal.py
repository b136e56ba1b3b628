from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "positions" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY
);
        CREATE TABLE IF NOT EXISTS "journal" (
    "id" UUID NOT NULL PRIMARY KEY,
    "change" BIGINT NOT NULL,
    "position" BIGINT NOT NULL,
    "committed_in" BIGINT NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "ids" JSONB,
    "first_seq" BIGINT,
    "last_seq" BIGINT,
    "about_id" VARCHAR(64),
    "session" VARCHAR(64),
    "at" TIMESTAMPTZ NOT NULL,
    "conversation_id" UUID REFERENCES "conversations" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_journal_convers_43d766" UNIQUE ("conversation_id", "change"),
    CONSTRAINT "uid_journal_user_id_c169b8" UNIQUE ("user_id", "change")
);
CREATE INDEX IF NOT EXISTS "idx_journal_at_b08ef9" ON "journal" ("at");
        ALTER TABLE "conversations" ADD "last_change" BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE "messages" ADD "position" BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE "messages" ADD "committed_in" BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE "messages" ADD "change" BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE "users" ADD "last_change" BIGINT NOT NULL DEFAULT 0;
        -- What was said before has its place: as many changes as messages, in the order of time.
        UPDATE "messages" SET "change" = "seq", "position" = numbered.n FROM (
            SELECT "id", row_number() OVER (ORDER BY "created_at", "id") AS n FROM "messages"
        ) numbered WHERE "messages"."id" = numbered."id";
        UPDATE "conversations" SET "last_change" = "last_seq";
        SELECT setval('positions_id_seq', (SELECT count(*) + 1 FROM "messages"));
        CREATE INDEX IF NOT EXISTS "idx_messages_convers_6e4119"
            ON "messages" ("conversation_id", "change");"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX IF EXISTS "idx_messages_convers_6e4119";
        ALTER TABLE "conversations" DROP COLUMN "last_change";
        ALTER TABLE "messages" DROP COLUMN "position";
        ALTER TABLE "messages" DROP COLUMN "committed_in";
        ALTER TABLE "messages" DROP COLUMN "change";
        ALTER TABLE "users" DROP COLUMN "last_change";
        DROP TABLE IF EXISTS "positions";
        DROP TABLE IF EXISTS "journal";"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYfakzo/oS2XFySedmnJe2bhM7lzjXTpMbCRIhCTFFKAQYRdPLf79d8J"
    "2iaJKyJIrBl8QCsCDwLF53F7t/d2bCYrY8Ph8p/oWrZecJ+bvj0BmDP1byuqRD5/M4BxMU"
    "Hdq6MPVLcaaT6VAqF5IgZ0xtySDJYnLk8rniwoFUx7NtTBQjKMidCVbxTsyYmsIPQoknmU"
    "ssbnXJnLlTOpdECUIdoabMPSYXliRiTD6JoSQ3jM0JJJPf3l1dErWcM/y1JCPoBVlwNT3+"
    "6Hx0BgPhjNhgQLgknsM/e5AHVTEio4+OhOcoqNexlwQLkyPhMDJ3xZjbjHzhbIFt0X/Af9"
    "SxyFR47r1j7K9fZV+JCcMWQm8+/BeSuWOxr4AI/PwAULmQ2+cWEsC/UOBDB/sZJK3kYw3z"
    "m/6YM9tKMcYvotP72GFMe//+4sXPuiTCOuyPhO3NnLj0fKmmwomKex63jpEG8ybMYS5VzE"
    "qwCxkU8DZM8jsJCcr1WNQ7K06w2Jh6NjK989PYc0bIa6K/hP+c/itoWqJYv395dd1/9/K6"
    "3++UGSNB0kg4OL448AuB+ebXGwOiUzv4gee/nr89Ojm7pyEQUk1cnanh6nzThFRRn1TzKU"
    "aZ6vavIv18St18pGOKDNrQ2Do4hwkx0PFkCiEMQdoCrJ0Z/dq3mTNRU/j54P79Apz/c/5W"
    "Qw2lNNYCZr+/MFwGWT0/DzGPMYYZ3M8bzTiX8zGOKTIYW3ykyP+IzaUqgXUwYpsCdQGyCA"
    "XWPJPys50E9Oj1+Z9ZrJ+/unqWHepYwbMc3BVXQFVheKeIao3whqGeHuC9hw9LDHAotXaA"
    "67w00LC5UFxhqgzxJI0Z5PUHOW7iVcZ3WP5Ohvbte+TuBnaplbtXsHL3VlfukcsQjD5Vqx"
    "C/gBzFZywf5jRldoAHpMfhHwe4bxaAfX3x+uW76/PXb1KD/cX59UvM6enUZSb16CzDl6gS"
    "8sfF9a8Ef5K/ri5fZudEVO76rw62iXpK9B2x6FMriUmYHCal2Jw6lJadSCmi9m0UZ6clpt"
    "PZ6drZhFnpyZS4BZTFOEHSwsPm3UCMF6jxTe7hHuFbhftn4TI+cX5nSw36BbSQ5m8Kwd34"
    "fVDNgYH9LRxNYWo85Vy6iG6cyUEGfYceM+UPy/N3z89fvOzkLBW7A7Vha0RZTFOLYz6qOG"
    "6HdHSzoK7VTw1gzBE9kUmJyq5mzXqzbAp16ETDg/3AVgewPxfOF+ZKGnR8RQ6Uyu8WyYJG"
    "iZL1xUHXC0HmTMxtRo4GAxv2LW4NBuQnMhhM+WSqf3VDYQ5KZuaUu/eIcAklE1d4c3I0FG"
    "qq674XCIFsKlVfss9Qj+PNhtBILTqaMSkBFKnlRcJTZELnskuC8qMpdSYoO2LQq6UvLFJT"
    "qlCWJBWMbovQIVB9dLgiR5IxIPRR+ccn4bkOtY/ny8Hg3lNIR1ygy1CZX6v/Sb/mIAklW1"
    "zJoO9dIoX+2kdnMRVYjkwFsFO32xULcgNbt0RhFgqeoOsumzHsGbQqyQdoKbdtn3adyOpD"
    "x0cZswOIfSlUSo6VyjHyqb3Jpyrf383dvdrdPVwsVjF+xicXjspHOUmVARo3hS0dFu5vC+"
    "YJtuDHf/Z6JyePevdPzh4/PH306OHj+4+hrG7uatajAlY8u/jl4vI6zQRMyEHeXw1rgB8T"
    "7hH/+4eGebAzVcM7QbQ7rB+0b6wHB5Aa0pQc8jsQqTRssW+TRMUIztZPQOigdeXYy2AEHg"
    "jbg8lSyHVvbtXkeprScP2QuB5elSoc0hMk7Tum373kNL6wlgU4pjD4VhabAnhGwHeLgC8e"
    "YLfLTHG2G0BvATSxJFaVlyYV8b6IL+d+E1D+/PtbZtM1FjwB0K/9Wg5wl10Hdmo4zqmr+I"
    "jPKRJtBNSbuKY2gbVN+fuFxWZzoZgzWsLM7+RI4DMlukUyeB6X7d+wZX0x/B8o6UZLyMEg"
    "8f0foQGDAYqqMQuWHxRMw3fIgkpCHblAAfRTSJkrMhYu6Z1qa8m1oucVKXPislNN0Lx+57"
    "9LbWmDzDtOemXMO6DU2m1f5xULm8fQHubO3UCsUxbyDJnRVJc40sJmr7yc5XetEC4m2J0M"
    "bpv4+mK43oPTR6ePT85OI+lblFIkdFsVsPmr0Sqe6w3wYgpjflff/M4IuuqwokkijrXyzJ"
    "Ub4n4sFn7ztet5R6Uwq/CM9ClRqM7R6AqPPr4BgK9zekpoaEsAZyJHkSmchlCXD3+7S8Id"
    "/UMsHK255zAmGLUC04TIyiB4h4L6/dBGAI5Z+mdSn38EJEk7i+OUrQLaQXT9Jy4fHaVfun"
    "BJHDisdcPa9BMbqAX/z1J3M5YQHswTV1PZYnTj1wDHQujFMbYdxhRXgVmDAADI2BWz4GQI"
    "Ew4f0+AhkCKEit4wB1qGj2qiCqFtU2A5WkhABTOucPpzR7/X0e0nb/xh++7fr2BdhQXaf2"
    "vhN2PhwqGUoPHFffgogTJcMejDcInfGU21VQTVPWC2jcYSaLyhoGbpQPemwmeUZMwJmHED"
    "CwN8XNJlUBqPtT46VmjiYYkZTOhVEw9uSTQvoYhDYKQBCAoX6x1zNzJAUYKkDFLShiiaZf"
    "ohE4U/YAossW5tZ+LbwXAZc3ExFR8d7GKXfBLcgTYC2jYbK6SRUGfAGwqlLeh5l/AxgCIB"
    "eqbwmdV6i5DkGAsu4YF+Nft+KUxeOcpXPsIbW5G7thWpo0vfhxp9+8fKHWt3w5WxGvRJKg"
    "N+bfCTW0nFsZ+hNEyozQTcSquIDMLyLZQVnPRKCWoK5DRZWQGcNapcbIPi5lZb/1YbneCq"
    "LSgpslqrScNw36Ox1O5NMg32KBUL7h5VFvMkjVG3l5D9+ne1KhAnSAzCtyNcXRpppJANlU"
    "Kmj/orYoqyMoUc0g0EDA2bTpuIE/b6PrVhOO7YzmqUeWu3oX1Q9uneYWFf1k4oZyLfboG1"
    "24fAB4rsre+A96P/Ca2xcvQ/CUOt9fqfpE3Yhh7LJOUW6ndoSkkTaBNQMt+nyhfaL6bMQU"
    "2Ilt5rf2aSTKmlNRSEq2NyTnyArUiVhC7OfD0Sqo3Q85hWXqBo//Ng8FTnLIRrSa0rmAiH"
    "HZOLpKIpo4TK6pJ+kCTQYjwhsSKqm9Hs4HdX1DP4QR+nIdMA5D59raRewIua1i1IhlqnUL"
    "uQo4ewOXQp/5FqgdrCqCL2qoqofHvf+VvK1t3cD0X7c/iPKA9J3XP4aB+ifufwUW++Qqej"
    "2Fe1rV0x61utlGu1As9qK47VhKNYnpXtNXRqrQQjJGmF1qxIMPXyz+tinU4kl3p1dflLWD"
    "yr6MnKBBUdTWcs99VDgZlomsxo1TawFY2O8hUWlhSRETLdLvs2Frm1lpxDk4Wbt+bfBZuZ"
    "xetxOUVonIU0mceBJLAGk9OUhstN5nIgH67K4gSZ4W+T+dsY5fQBbccVtNMpPUF5s5kEUS"
    "tuzd+Virpp4G9VR+2P1TsAueXuqlNzur6rEEcoPuaj2H1xRq5cwQ3GZaKqg92Dd+sGIwVZ"
    "jmY/C+l69f4KH+8mKpmcCs+2tN/lY4JPQPUbxPjh54xaLHj+x5WvrcfoZbZWjzM6mhKLU5"
    "uNVGQdMGYu09HJ0OW0i4MKDu5+oKNAxY4ae+ioHfTmB1+3zy3Z9V1saCfSUIi7cRg0/TIT"
    "Grtw0rYH3H/NqC3S/VeqGFotfAwoxkSbJOADQi7RCgFfbmLUtU53jQ4/9D7pz7vQVmRVJ5"
    "+wIskJfxaeZrPpYQ/8DOCeiKs3avz9eZ9GqCqct8Ly5qhVQlC7xrX3eg1Qq1x771r9E2oL"
    "S4MdlDdYV8fa5s5NlWUjLN8GrLOa49PHpXTHp48LtMeYmVFm6o2lDxgwuwrSWbr2Ib6VCJ"
    "Z8VO25Tli+ffBuJQbD3OXCDYIPl4U4SbNDoxNHuDPfmcwuhnKpkVwwkLNAVw1SaQJUbm71"
    "EN38qgCfIjLob4J+8qJdjQVZSsMH4yfOKMEKlWCRHKcik5N0Rs3ZZA4bNXa7+WtxOeNS1j"
    "NHydAaTjeZ0+zrnEN1dWzLUpSGy03mcqRLWeFxoZRImHf95SX5ad1YWaVUmsp4o9i7N4qm"
    "XQxMtPQGmEF0N4mWrhfS3WHazIXgVkiT200KU2gAuXz/6lUnb7W9A1jLB/o5UGTTW0yTvH"
    "okQwfl2P9kIgutN//JBjOq7eJ9zlypbW6wRjTiQcfmSUO+pyTw8eE78g48c6PXQeJHmScS"
    "fqOLcSxVyRnG7dY0xhBmv4YwIeNXsS56gJ6kMlHC6z1E913d17ikpghbKDZucURV85TCXK"
    "22PHnMM4q9j+I2uPo7VGgb6uvvTegjKe9KkPCfVHAfCEptEgoTg/JE9ehYRzrU0RMMO5SM"
    "UDRNRD7SwZLgTnDDlt04PJEfCcrR4YFKBsWsdNAvOnzmrtY5x85geGx2xt/mUr3DY2f2Ar"
    "CypO9pWkTmQDJ3ZiSyCydH8q1Mf56hqh02Nngxo4NrLbgaTZlF6IIu/fhgOAOCMaFjdeGs"
    "iT8N923szKZzowknmgYFi70rDUdRqCnBR3lxttfbUyVINjKkqme3Gcsghh63FXfkMX52H2"
    "KIO7Ov2mh1uu3EdOWwawH/bPm8tNdZs53T0mZLvSen77xhsjur6322TPGJCEr3ZaL4ZnLS"
    "IUY6ZC4KSqFiwhxrLgC5buhyOHj2iNEKpT43odc6iwQN0P6DVen44Eb82QzxZ8jlKhtskq"
    "Z1O+y23vXMew/PrGkVmGOKFgpmtvLahHqqEsJheYNvOXyDHaAKxAmSFqJ89xEBjTX9eujb"
    "qxZpwi1339w1JlFGmFzyKvVWiNlrhpYZnZxLVCK3W3R9cqFcf6YL1r84nUcR3OFO5PtgkV"
    "0Ug2nPLOg9Zuwpz4XKpoy6GF/Gk0rMCH58vSUJ5upMYz7S8PtTyKmyy3ZYvoVr9laOnGZn"
    "NDuj2RlL74wa9Zw9MeTG+t0QO7TJNuhbWR6T6ykjXPtM41J6zCLwIbZAzesTP8CaEjfMiR"
    "RG8NUvsH+ev7noos8yXSL0xKaEdlzmu1mbu2LMbZb2hZauwTfZ9CMfWYE6ShM9gY2YCNuC"
    "YvrrQRlJHKFdw2lXazrKdBg8jYyEByPCD7UWFBZj+ChV+HHtYu1IMpYfL+2erlB/SvbpWD"
    "EXanTZGDCWfgsidIZsDDNLB467wvqFdu4WRpA7GgxiR9BQLxFw/cFGfXR8jG02Vl04dwRO"
    "7HQvwz5SB7pHhsgibDDBEbYNVXWBsxSjhKunhNP/VwA6LN++J11bOVSwGeWVnCtFBO0D+K"
    "RUCKSTghhIJ6tBkOgXGNk5p4gCUWxE0T6It6ZSiLbEqrLCNKV55tvkZ77JY0RVPmdpDaeb"
    "zOnECXSV0UUGgRlCEw1RA1bqEYqGDg7ydVzbZGnN7Gry7DKxeL4HLhv96foFtl360wo2ko"
    "nDFHUnei4Pc1ySVokMcT5S/EvgpPQgZ/tqVIisF2LoHs8zBN4STE2bLqVwCkSVG6JU3lvB"
    "QYI0op5keW9cTCSWJEz7i1tzkKMq8g9xB3hlnFK0Eq5cY/ENIMsxVW8jbqiw3xCqtEFKW0"
    "CqpMZMCi1Tj9PyUQ2fqJQYhunqWrItVNT6njOXj1DSvKL3DXK6RZpfGpepofoNku5Yp/i9"
    "vH3tPTh9dPr45Ow0EnJFKUWyrXWvWmNQ8Xl9rkuC9SqYBEkL7Wa28+AAJlUFhIPiLUR3K7"
    "FZRvqFWY4gp+Apakyy+6eo+xHRNePR6aYmTN/+D8sPyzo="
)
