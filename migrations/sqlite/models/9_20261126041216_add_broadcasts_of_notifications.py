from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "broadcasts" (
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
    "expires_at" TIMESTAMP,
    "stored_at" TIMESTAMP NOT NULL,
    "position" BIGINT NOT NULL,
    "committed_in" BIGINT NOT NULL,
    "actor_id" VARCHAR(64) REFERENCES "users" ("id") ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS "idx_broadcasts_positio_24a84d" ON "broadcasts" ("position");
CREATE INDEX IF NOT EXISTS "idx_broadcasts_actor_i_128cd9" ON "broadcasts" ("actor_id");
        CREATE TABLE IF NOT EXISTS "broadcast_touches" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "broadcast_id" CHAR(36) NOT NULL REFERENCES "broadcasts" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_broadcast_t_user_id_460a8c" UNIQUE ("user_id", "broadcast_id")
);
CREATE INDEX IF NOT EXISTS "idx_broadcast_t_broadca_ce5094" ON "broadcast_touches" ("broadcast_id");
        CREATE INDEX IF NOT EXISTS "idx_notifications_expiry"
            ON "notifications" ("expires_at")
            WHERE expires_at IS NOT NULL;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX IF EXISTS "idx_notifications_expiry";
        DROP TABLE IF EXISTS "broadcast_touches";
        DROP TABLE IF EXISTS "broadcasts";"""


MODELS_STATE = (
    "eJztXW132zay/is4/lL7HK3r2E6aTfbec+zW7Xqb2NnYvW233iNBImQhpgiVoKLo7u1/vz"
    "MA+CqSJvVKsfiSWCQGBB+AwGDmmcF/DsbCYa48vhgE/DMP5gdvyH8OPDpm8MfCvQ45oJNJ"
    "fAcvBLTvqsJUl+JMXaZ9GfhwCe4MqSsZXHKYHPh8EnDhwVVv6rp4UQygIPcesYo7MWbBCH"
    "4QSqaS+cThTodMmD+iE0kCQagnghHzj8m1I4kYkk+iL8kTYxMCl8k/7m5vSDCfMPw1JwN4"
    "CzLjwej4wXvwej3hDVivR7gkU4//PoV7UBUjMnroQEy9AOr13DnBwuRQeIxMfDHkLiOfOZ"
    "thW9Qf8B/1HDISU//oGN9XV9kNxCPDFsLb/PZvuMw9h30BRODnbwCVD3e73EEB+BcK/HaA"
    "72kuLdzHGiZP3SFnrpPqGF1EXe/iC+O1n366/u57VRJh7XcHwp2Ovbj0ZB6MhBcVn065c4"
    "wyeO+RecynAXMS3YUdZPo2vKRfEi4E/pRFb+fEFxw2pFMXO/3gb8OpN8C+JupJ+M/5f5um"
    "JYp1uze39927q/tu96DKGDGXBsLD8cWhvxCYP3S9MSDq6gE+4Nu/X3w8PHt1pCAQMnj01U"
    "0F18EfSpAGVIuqfopRpqr9i0h/O6J+PtKxRAZtaOwyOIcXYqDjjymEMARpA7AejOmXrsu8"
    "x2AEP1+cnJTg/D8XHxXUUEphLeDr1xPDjbl1qu8h5jHG8AV380Yzfsv5GMcSGYwdPgjI/x"
    "GXy6AC1mbENgXqEmQRCqx5LOXvbhLQw/cXv2Sx/vbd7WV2qGMFlzm4BzwAqRrDOyW01Ahv"
    "GOrpAX768mWFAQ6lCge4upcGGhYXijNMnSGelLGDfPlBjot4nfEdll/L0H5+jdzewK40c5"
    "+WzNynizP3wGcIRpcGixB/B3cCPmb5MKclswPciB6Hf+zhulkC9v31+6u7+4v3H1KD/buL"
    "+yu8c6quzjNXD19l+iWqhPx8ff93gj/Jv25vrrLfRFTu/l8H2CY6DUTXE7MudZKYhJfDS6"
    "luTimlVT+klFD7FopX5xU+p1fnhV8T3kp/TIldQFWMEyItVDbXAzFuoIZPuco9wrcI9/fC"
    "Z/zR+5HNFejX0EKavyiYvfFPppo9A/uPcDSFV+NPzqezaMeZHGTw7vDGLNDD8uLu24vvrg"
    "5yportgdqwOaIqpqnJMR9VHLd9OniaUd/ppgYw3hGnInMlKrt4a3w6zl6hHn1U8OB7YKsN"
    "7Je+oM6AyuAgxwgU3+yUWYH6YbHlrUAXxBMBH/IBVeaDofAJ+8z8eV84czIbCTKjkjzBeu"
    "WhBccjPFBXZADDzCGHvZ7+C9SLXq9D+nNlG5LwNg/ewBWDJwKFez0c2fI4VkV6vaNjcg8l"
    "9QwrCfXRjiQkQ0MTTbXpLcjDOsvx714PLUFoXxqI8ZgHWBtXV0Fev2wfmsU9kNF4ff1JTH"
    "2PuseTea9X2XgUPk9bjQBToT5MayParY1IQVVHMzLl7ZJdQSsqMFDcsy9BAbptMk6U7SKu"
    "frkv3y1Hm4h3tzc/hMWzW+gM2gBrLbBNeYt1faxd7j3VmTbC8m3AOmubOH9dyThx/rrEOo"
    "E30whrU3wXMGBufRN+LNc+xDdix+eDep6SsHz74N2IFXnic+EbF2xViJMy21M3Djzhj6m7"
    "KS0uO5QrjeSSgZwFuq6p3prpVzfT+2zIfJZrqy8GPiVk0V8FfVdtget7YhclbT8s3w/Wn7"
    "JMV+ydP4V9mXCoboluTkuuoZv354Pbu16OTJB1Ozkl2MJPGRYN6tx67tyMvz3pdPOplPZ5"
    "ZKFd6PJL/njtFVhRklKZ/kYXwh728CM24i9/PT09O/vm9OTs1euX59988/L1yWsoq1q8eO"
    "ubkmFwef3D9U3GpIIXMqtnwvherwOykrYTlu6EyCux0AGl9haxkh+7YavYlt3YCr5FvK3L"
    "NeVyTQ6ylMcVGkBufnr3rszlmrCQi+lgpPntmfnFCH7/40fcE+VP51lH6j3WtodzSxHof2"
    "zFN61RK3NQR7hW8FJ3E126pLNaBSqMqCQORgvE0QQYeUAoiR71Bh3VXGZcyehcHjFfkqEv"
    "xuiphitehwgfSj14Y/iMizzEqdCB+IVCn3DKebx427qMd+YyTnVGDbyzcutEvhlTylJAWx"
    "KdJdE1ayHMah+1SHT9JM9qRVxTnK2WgpudFZtEqPtWeJ9hbafm3RdUltT9UoVlkCi5vLJy"
    "PxNkwsTEZUiTc8UMMOv1yN9IrzfijyP1qxNGR2Ko44Ry/wiVEUoefTGdkMO+AK0G6z4yUZ"
    "UuQi/Z71CPNx33UZVBvt2YSQmgSKUGiWlAHulEdogpPxhR7xGDMRWxT+tLwYgq/cjw+Ggf"
    "pB480JkOJWP55LkjJOIhLpqHp2vVj9Q1m0uoZPFAmnfvgJKmnvbgzUYCy5GRgO5U7fbFTH"
    "ELJXILUdWCV/fZmOGbQauS/QAt5a6rZQ0YHpuxCA6ua9TXQkCi1wQlkOiB6nTIiYlFDdS/"
    "6q7Hjsk7LqHVcgRt4sHbB0+FtSKvUPiOak5/jkzGiRNxGFVUqvqp7ym0zaMNIXI24oMRPi"
    "NFnmQewHGIHZvXlI6qN/Mo/X6GhBko5mQCHKx1TB1WGB7724EegHjbjL4czTV1xyqtu+M5"
    "1o0VbBUVbwsMj3AerWe8TEptz3B5simYd2K1jCftetin5XaI/sm+IZ7QAZYY7rGgxbw65k"
    "ZNqod3Qmh7WL9o1eyS0cDq+oNzxK3nv8mef0vjKf4A2+v7jzdGdXs9LWl7fZ96PdycLnR5"
    "8bYoIdK+jdH6I8BiE0HlSJlIwuJb254P4FkuwTMG53iAPW/Mx6/dAvoMoIkpsa7xPplmSd"
    "ubV+NmvNe17OEqW0jKSOWimgYrIwRVtBWeCfUDPuAT6gUrovQhrqlNYG3SV/YdG3BZ4CeL"
    "7nXKfGSTqRwBGLro8k6yn9FBg94LrMoJPVGEEqy/Q57YJFA5KShx6Fz9FXqRqHxCr8rcOI"
    "PgEgbAaE8JcoPEkPR6jhgDpF9H7VSOLPRjOSyg3IXSM+UhCrRTBiOciMeYI4/JdUAQGEno"
    "g9f3xQyJR9pZY5hFqqHoOSpwuSx4V2DT8e9MEtIkOambk6Q0tEVYn8zOfTKW77Lx/Uf2a6"
    "gxqnNELWNrITlmNJnUQDYttQKozVSYV8RUTvvR02sCmyNq0V1wo+CiXmfOTYi0cM49O60w"
    "556dFs65eCsTgq8UoUWES4LwIwkbgLx8AHJ923VrbdZ7YqMudEgtmPh2w3+8moj8WA19o1"
    "O2m2NYZAWq44ipPRfy+RTlTtK5NNy3EUeO4Rz3YyFlMIBryJujfSoZRnOEhD5ot97AeWym"
    "mG5qpxcGbUrFi4PWeVLnDVKnUvQZ7AqRAkk9pPnpAy28OcFojjeqEnUchc8fVaLAQ9iDfN"
    "CdfvfPdzpbIfPhMV9JAhtQD9VIc94E3gtbCXc14bIDL0pAkgcsfNzRg4esQalf3fAa4fVx"
    "rwhDSzMsMVRFbx8Be3YMW1DJBj7DDavkj55mLw6mvhS+qQiph4/8M7YfdpooAS/6KALYpc"
    "Z8R/RYJyFR72eaF90PATxCvHSvAFjwrqpbFNORGKaniq3pM+YRlwXkUVTc3Nbam96NqesW"
    "siByNaElCRC7zQquGRBnp9+8ijgP+KOM5XD3/uLdu5DWULwXVf/XUIrC8i3UiF68qpKUKL"
    "skJJISvcpqRHqqqANvLNFCgNe/zdcTXx2AYwkLcAWAo3Uix65ewj9LiVl+a3UGWkMUwGuH"
    "jScCjdjzH1nu2WKZEqUqIY/Ldp/YfEUTP2qHvV7i+X+BBoAaAwqJCuRVKhiB5yhnAKgzqD"
    "05b2MHwOm5Ov9LVra2Jwhe9UznJWkU12jKbdCBJWenVRL7QakSs4JJ7VessgyhPcyf+GYi"
    "qQp5RsxO/1XW14AG0xyfauHEHwu0KR3L6Yvzb85fn706j+b76ErZNJ+TaEXNRnVMZLGENZ"
    "HZHH3WZNZUk9k/tNEjT1UKb5XqSJ8ShZZRjW5R9dH2IW0be0toFLuKhARljkF2gjbWcE/9"
    "wMM40NTGYUww6hjrWRTma05WVQYlY3EDNWshZvQQD9FIBDofp4KFMRC5owkPykCUDE81ta"
    "lcLIfh4R5p6U4mFHkK34mvLVJ4KIiqAdRCeItjbHvifI+BQNKFStCiNUP44JCWoVggCGFA"
    "n1QcLB4TG1UIbRtBlyO1I3MyCJfawJU0+iXsZaoZMx+UUuR1HJ7E5r0jdZyJMZcR5FXjGz"
    "DXlRFp5MGTHrzeSOiOkox5pjOeYGJA0562gxqOi0bHCWOsDTllIcaaOxLjuxX5JLQmYpIa"
    "rHfI/SjkORAkFRGejgQP44p1DDN8AnOsW7FWdCC6sSBONbFFPHj4ih3ySXAP2ghou2wYqO"
    "Q4KsQbiox1fcqwaaKp3ypDpgxjwinU5gAyHcLxGBcJXcMCPFi4OC45OQaNG9TEnGXJMOHl"
    "AmLNfw7ir/4gfE+8gbk8fd3GaEqINwBfuqYDuvi+6vM2C8WBEoXBgj/Iz3+/+nhFsF/Jf5"
    "GvsOxXmixpOTk74+QsE9W4i4DGzSu7W46zs9k3dwi+zb7ZgE7AhaCOISMs30ILxvpJKaAB"
    "1dlum+J2r738XjvSK2u6DJJiS80mDcN9h2Hr209HYrFHW124U6gxmSdlbOBjFY+vzE+HUe"
    "bylQXJMCzCOQhbOmFrbKNpVX/BOFLVppAjaunlO09h2zActxzxPsik4EyjXjtSO5vRc7+w"
    "rxqxnfMhPx8Lv91cwXuK7LOpgnfjlfoRT1u/M/pPjmsqdb9T5p9S57Z3ZWj77iyddt9UoQ"
    "9nn0Czo6PeHf6ICVeNS0gT9WIiNBYlMzF1HdLH2ox3xGcD4Sd8EMohMxF+8JUkh7g9PXpL"
    "PKGOoEe2tHK+oB/smNwYhrfybkB/IVdIn1XPvcrUoKkXcNeygrajoxZb7/UoyNvzetSf54"
    "Mdy2QA789NtoX2aKuXxnYTKaqA7eX1zcXHX/MPw77MsfVc/np/dZFVe9Twr7ldiITsjqFx"
    "O4aGsCnCfC45S1Yi1UvxapXMKrPUOnUXHQcjKXeQLUFTlIdo9aFxUm2VT5u6rlqHRKBOhx"
    "lRRy05asW5CF3dETHjibGJZmUgCQMjhRQVAB3hv2N2Cbwzg1lK6hAelVw8fCpmPYlzVETr"
    "JIDihmfUDKA1TDego7gDGAT14KnE4fhaJuCJBwCCIIk0KrB4mscYPgByFfAFTMO/SjBHMq"
    "wSaMODl4QKyhq3+BsSU0swpXxM1egski104vKYEEAVUwD7rc+cBw+elJtavhY7AC2eihog"
    "GZJKQnJADo3A5fCC+ZnOn2Ed5D428TTThhTloKCpKdEKbITwKzD6qKqnjJFgisGAJtd3BK"
    "ZDc8TWhlsXD+fnGhiXJBc332XbGx0HZmkUO6NR1PY8bD0Ld+u8DvvCXNn/VNz7RFXZf7T3"
    "kZuy/6g3n4xyEIBasKlVMXNgSJVoppJgpjCWKWW2Dlhe3NI9vFSh9yUUaQXjp2yLfPXLfW"
    "p3vMBHSVkpwuJZkkrWnxnQwWjMcpNDlgTepMUsI2iF6Jto91RjYkkJWQeZZUbsHmEbRbbU"
    "pL4Pdk97JsSfrpuZw5fr5ZSgPdSnyX0cWwjrdnJa0vZyk3vZeGHqdnFCzPZv8/s3dBBk7E"
    "BCuIx6ZT0cCmbd/CC5qSU4upLs2crex/ru/dvbd6nOvLzObox/en959fHwhepFKMSDQqtb"
    "Q2iie6T61EnynHT9Vd+mJYRaYQP6U5FFmwb+RtmieqyuAeSKfNF9BTf1TS9/fFLysIIVz7"
    "65SVS1t/rOds++UYcq5XGUzGFLJQSl8ESnJVm0qfQrcSpek4IDD0JSjJ6pHDGVMiXgLtxF"
    "VRazcGACFKQCFZNlkrkyMtPA8wwYe77MbkkYO2dlNnNuaMVeyOrnbYvjahqQW9bNtxte1D"
    "Sw1xZfVDRH2O3O2rc7u6HEp9TzHJ0zq74X654Le4YVGfJG65QjFZyFgWLH5DakpMdJCMfU"
    "YSYVHQ80112SQLiKXc8oqK8Opy4bBJ0HD/RT4bmGTy6kqQurJo++mE4kJgvkXlf96PWOIj"
    "r+kPmY4k8zyn3c8zCn+0n0dZ46qvPYJTnyhsnOHWmOiFQZ6qAQ9wlyGQh+DCqxIB7M4aXJ"
    "/lwn41OpS3SSxUDEuepALVcxAJj/jkuk/aPePcKDP5DYzkxl+lwRiSFvdKaqNOkO0XqJgW"
    "6Y34/LMZeS6WADlKf+YMQ/mwshWd4T4n/hklLl4Cr7MnCnjjpP5cGjngpJeKtzCGKOQXO0"
    "JVwdq9+UJAMaAiE68CYa+amngxi0kF77dCcruCjio/oC83tjskKYUhyp3je8oVJJ6jTd+M"
    "ROfKZItH0ZwOAg8DQjYl6ueJOSPk8unCIX9yeJyTPnYMywX/UN+AxEyGBPsd6Ty7zPhc8D"
    "lfXc9CP+yb5MOGgW5le6ceFYrUKMT32fXQ29+oCfZcYnePCZ1ifaVrsFSnb+XAviJ5QGDy"
    "RgjAZM/SaJiT5aoKxBUfXJ9qi4gQWw7H51p/vV6ONYwLrUu5MUs76dCr4dhU6NnU1Y3m5r"
    "KpDDAh64OegW83ojgTZQ77ZN6g054JXBNuUt1vWxdrn3VGfaCMu3AetsPMD560oRAeevS2"
    "IC8GaGoq4W8C5gwHLstiXJ4zJy7UP8xUmVEAwoVXwq28lCEAYf1KNJh+XbB+/py5dVxvPL"
    "l8XDGe9lwuQS26OqECdlthhK5Al/rA9d2MZQrjSSSwbywoHLoFAvglxy3LIpb2NZlo9liU"
    "xMdYBPCVn0V0E/adGr1wVZSdsP9jwl62wudTZHptGanZyUs3SCRvdwbL6u1cGxmO3fJvev"
    "DY1od/8mHYN1Ozkra3u6yT2dcPjW7eiMqO3nJvdzyolfe13OCtu+bnJfpxkDtWKQU5K2l5"
    "vcyzHPYaGTiw2iKSFreK5keE4QjRahLswWlpHaXrKwF1mkX6yA7poPKo8JWHVnprSknZma"
    "PDNFZLcaE1NSpn3z0vp5IWkeYFUqWVrKnrZjozRslMbOR+16ozTURLo9TJs5ETwLaXK5SW"
    "EKDUgwjDOz7RpgTZwz0E5k00vM8iHoqofWGHt+EX4XLZkkNhqBvgjcM6FBEbrV4oO6ce8u"
    "HSWkzlSajQSGj6htFjMHaiQfpM+DUpuH4oCPVMv0uI3jNRbCPtK3LL9/Z/z+nWwzmjY9bH"
    "qfkfNtVB3XOaI2MLxcH/Yy0ZYrKhs1c680FOJnVY6cgdY4PXlfsS1UlHcct3w7DfriS55a"
    "Yu6U6iIiLrNakHIgSJ+pGN0Oic6H0NGrKiB2QGHzhpHJYbYcHqC+4uCRWzq4GE86wNBWOs"
    "foXwxKngn/yZQ7lIxhnK4YQxd9rVutzqM6UuG7oMlkA4fhT1eIJ2gEDR48j30JMDRXYFoe"
    "dUNiJCyUO+z1RsJ1mA91kbH4zKQOyRVeHJ5r2jplhD7C8wkfEqkO1GRShS4LH3NN6dBcHr"
    "ZeXURRHfs7cemAgV6GB4UxdShYGCT8RoXqYgu1koYhlTOKh34Nhf/gqdPOPGYOE1NgXajM"
    "Q2FcdBwLrCPFO1GMNeGOiZJO6YJvMZZ52o86Vwdv6wM+ffbgCW/AzDsPVaQ4PNwXM6gawQ"
    "6oDzpjFBSN2qcJ/VYdDUIqUptKXQUeBBoHQj94iqsr8UxSirXjHINv/CaSxlPYyJhRbzbi"
    "LuLCHJVsCTN6Ybh2gfa6oJ7qQZEOR1Y/ot7Cmqz6unP1tflHomwvHOdVlRiGrEsjEcPwKq"
    "u22oPT/zQbg4bhvh5XhHXvrB/TzNpfB9gcUYtuGt2UelF1zk0J2Vm3QjoApYXWgTiWaB++"
    "mwqcRuV+EePiKLCwvI39Wj72i8LOeTzJO0ytkGKVFNnrwxjXxq9SO/waCEblLXx4RVtE6s"
    "yusUT7Ztez0wpz69lp4cyKtzKR5do2sYDvMwElkZSN62w0769BvHPbzRvMFW2jtNvazQuu"
    "yd04dz5QP+ADPqHKLbXg4Une7pS5eSZxweW5JpiOdMJ8qZK6Yo3IMtH5SuPMvm/DJKeS/R"
    "45FXQeUm867qs8tkx5PrBUMRUlJ1vw8wlIrSV/t5b8sOMXsS47Tj4ptUP1e12q406Olf8k"
    "uLfUSpQSbOFCpEbXrefOzTe3JwuTmR7sURU2CKIx22B7jFwjiUlLHSNn403WEm+yo12BkL"
    "zomIroXvl+wJRafjPwsyIxRfUg54uRoS/Gb2BLQD7oqfXun++U+g/K3RTT82kWEOwJnti8"
    "g+WgAA+Qa6QPPvDFrCK9p5aiX6Z85s7WOWqnGR6r6fibnKq3qHZmNwBN2SxHaSBl7peRuF"
    "36caRYGZOM1HLfijqoRZ3igjtfOePBYITMxBmdq49GfQFmTHSQG4dfTfxo2G/jy+DeGol/"
    "MdERjx1x9AEf8AjcWWfOJswQJ3+fchYY3uSKH1oT1KPdfnEb8XAXb64HI8HNKKzqjk2IrO"
    "SRXWr9Thg0+lPuBtyTx/jYXdg0NuKoxS+sTm+E5a1zvB7mKy0vz6m8tx67F/DPhhXenc5U"
    "m1F3V1ur4Vu4S3DJchfsbJlylRZKd5P0tNUM3YbwjpZupNozz5kIjsEN6sg0Fp6lZrj+sI"
    "Z7AZQhpgF9DMEMTGCD8Pkj96JF2zenrUUyijHvf2ZOB0nzQ+pr7rwM20Ak5Q6u/Z/phDsm"
    "zADa8OANocHMn0C7A0OwV8ED5ti0RFtUQMDhjQo20HEEJCELzcJW4fFsRyqeAc313fgEtT"
    "iqAu3+j8acj0lo1Wti7MdU4qFpQ8pdqLYruTojTkspVQYxxJeE5QibjXELWBh1oGEArxg5"
    "CeR0ACuWrMzyt6b/Zpj+ww+kjj6YlGmdQrgpSt7k9OUrJ0fvKDn7IZJooVFyI4nO6DSohX"
    "BY3uJbDV+zeNaBOCHSQpTXzzCz3JRi6NvrEtSqZp3vKpZoH29zI3NXpITXQTkl1D6gz88q"
    "4Hx+Vggz3srwtxM7kLoTWFbW5shsGrsu2dOpPWPdrl4Qtn3d5L5ugs+gUROnzSu5h4bPrT"
    "k0Pwoxfs+QNHuQYx5N3O2UGUZ9KNcdq4LLm0QvtPdSWzulGDyxQHbQQ6lzfXgOGU6DqQ+V"
    "jRgaMMlgKgMxJvjwYpIv3lU3LbO34ea9sKeqTtth+RbO2RvZVdiV0a6MdmWsvDLeUZ5eBZ"
    "LXS1dDGZZYbhWUI+Gj0w8zUxlPoMuHithGXZd48EBYF3E9hDKDEYFF0GcOGYyo98iMnw2b"
    "gMLGQfgBE4NJcojbE4nXx1JVoMNlpHIKBuxLcKRybAU6t5h29pkUY555mHq6XoCFx5AbJH"
    "Ct1e3BjFqwcof52tAjqF+A+6TXYxMxGPV6x+QC3kK5J5UHEVuq+Em9nvHpdcyzuHzwXDYM"
    "iJhiSrcJOgF7vekkENphCHX3eua14crhBPodPZwpOpKkc2iLjBO5jaF9nnY5Yhqy6EVxXe"
    "pTpXrAKhq6DGmAMhqn6KkxLkYWnahvDTbqzeCp2n0qYfCgXqM5ivAjzviWSFlGFF9xEhSr"
    "MQq8A/XBK3UsJ1VuUFODsZRFvLc5ymLCcRl2XmWvZSjQwlV3/fnHzCdRa4DHMtsLB2vJOE"
    "8kecq3pxWP6yIbWhvG9frzD+FKV0tbN+UtuFXO9FFqwCK896AG5cMbS7QC4DKj79Uv9yl7"
    "7wKtMrL5vru9+SEsnuVaZrzFWlHLm6Y96s+L2MWRUAb0/jzQ11tjar80/NQIdQD98vrm4u"
    "Ov+bBf5vBZL3+9v7pYSPZU1+XRWrf8vjs6GhIFowwSOVvj0FBRvDXGvf4qFmKdG+KY3OvE"
    "07gdk3IKu194EFPE1zf6XJJAPDEvCnNR3FefXHy47sDGTZcw+TtxUwlyhkc78cUQ9t1pTm"
    "q6Bs0h1ROTY4JolNAb2AMTlaJKPz3akeMWGbNKR7RXfQOeoI5S0ekrwsJhoA3HXbYfBddo"
    "LL/+JKa+R12zm8UK1aNkV+1XoUafDVUSdH05RMfwcTlsZm+H6hwX3HprU4uD6cnNn+q9j2"
    "Bn6prtq8YYN+HxvlW/ZfiO1IPXI33sIpUEHEfYJgLsitUeG+2zZLSP+r8G0GH59pFLNmJv"
    "Z2Oad/p3ya4/FGgfwGenJ5XYhycl9MOTBQrtZxjZtTIIxhLtg3hjZPBoSayrRqYlLW2mad"
    "pkKtdxQo2o289ZWdvTTe7phAZaz2SaEdzrLLZbNpRaqumf5euKN1J1+zktaXu5yb1sI1+K"
    "J9h2Rb7UsLhlD46AXu7nRHDUOVP5YhDwzzyY7+3XvniScuZYSHw9nusV2AxMTftcKuHU9w"
    "V1BqAHrIjTZVhPS8dThFM3ENPBaNVhFcF1j7W1dXAZO/iKWL3XtbQWpGmwMkJQRVvhUSev"
    "5lHMauBT8/zkfZyfklnfVhxNLT1tOj2q0DsGWlRetPGyWF2EJ1G3EbAoBf8aBlgm738r4c"
    "pN57QCZDnJpNqIGwberAhVOrCsLSDV4lwkPSyp/J/5qIZJ5CoMw3R1LVlHa1JULpjPB+gW"
    "WyCpmDudMpoKjcsswVMxl9ZMgPizcPVXPGCumO6AGcxzs76X5NSIRVrB+dxGXiv4qGogbI"
    "q3EN0XJ1UoD1CqONLhZIHyMFD5HHOsziUJemOR7Sfo3Y0/oRlpYVflW/7x//UnnjU="
)
