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
        ALTER TABLE "messages" ADD "read_apart" INT NOT NULL DEFAULT 0;
        -- What the application had called read, whatever came before it.
        UPDATE "messages" SET "read_apart" = true
        WHERE "read_at" IS NOT NULL AND "deleted_at" IS NULL AND EXISTS (
            SELECT 1 FROM "participants" p
            WHERE p."conversation_id" = "messages"."conversation_id"
                AND p."user_id" <> "messages"."sender_id" AND p."read_seq" < "messages"."seq"
        );
        CREATE INDEX "idx_messages_deleted"
            ON "messages" ("conversation_id", "seq", "sender_id")
            WHERE deleted_at IS NOT NULL;
        CREATE INDEX "idx_messages_read_apart"
            ON "messages" ("conversation_id", "seq", "sender_id")
            WHERE read_apart AND deleted_at IS NULL;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX IF EXISTS "idx_messages_read_apart";
        DROP INDEX IF EXISTS "idx_messages_deleted";
        DROP INDEX IF EXISTS "idx_messages_convers_fbc96e";
        DROP INDEX IF EXISTS "idx_messages_convers_403a0c";
        DROP INDEX IF EXISTS "idx_journal_convers_abf16d";
        ALTER TABLE "messages" DROP COLUMN "read_apart";"""


MODELS_STATE = (
    "eJztXW1zEzkS/isqf9lQ5fVBEgIHW1cVILubXUg4Em63Fq5s2SPHIuORGckY1x7//bolza"
    "vHkxk7tsfDfIFYUmukp/Xa3er+uzUWDnNl53Sg+Beu5q1n5O+WR8cM/ljIa5MWnUyiHExQ"
    "tO/qwtSU4kwn075UPiRBzpC6kkGSw+TA5xPFhQep3tR1MVEMoCD3brCKKzFmagQ/CCVTyX"
    "zicKdNJswf0YkkShDqCTVifoecO5KIIfkk+pLcMjYhkEx+u7q8IGo+YfhrTgbQCzLjatT5"
    "6H30ej3hDVivR7gkU49/nkIeVMWIDD86EFNPQb2eOydYmBwIj5GJL4bcZeQLZzNsi/4D/q"
    "OeQ0Zi6j/oYH9NlV0lbhi2EHrz4b+QzD2HfQVE4OcHgMqH3C53kAD+hQIfWthPm7SQjzVM"
    "brtDzlwnwRhTRKd3scOY9v79+aufdUmEtd8dCHc69qLSk7kaCS8sPp1yp4M0mHfDPOZTxZ"
    "wYu5BBlrdBkukkJCh/ysLeOVGCw4Z06iLTWz8Np94AeU30l/Cf43/ZpsWKdbsXl9fdq7Pr"
    "brdVZIzYpIHwcHxx4BcC883UGwGiU1v4gZe/nr47ODp5oCEQUt34OlPD1fqmCamihlTzKU"
    "KZ6vYvIv1yRP1spCOKFNrQ2FVwDhIioKPJFEAYgLQBWFtj+rXrMu9GjeDno4cPc3D+z+k7"
    "DTWU0lgLmP1mYbiwWYcmDzGPMIYZ3M0azTiXszGOKFIYO3ygyP+Iy6UqgLUdsVWBOgdZhA"
    "JrHkv52Y0DevDm9M801i9fX75ID3Ws4EUG7ooroCoxvBNEK43wiqGeHOCHjx8XGOBQaukA"
    "13lJoGFzobjClBnicZpmkK8+yHETLzO+g/L3MrTv3iO3N7ALrdyHOSv34eLKPfAZgtGlah"
    "HiV5Cj+Jhlw5ykTA9wS9oJ/tjDfTMH7OvzN2dX16dv3iYG+6vT6zPMOdSp81TqwUmKL2El"
    "5I/z618J/iR/XV6cpedEWO76rxa2iU6V6Hpi1qVOHJMgOUhKsDlxKC06kRJE9dsoTo4LTK"
    "eT46WzCbOSkyl2CyiKcYykhofN+4EYL1DD28zDPcK3CPfPwmf8xvudzTXo59BCmr0p2Lvx"
    "e1vNnoH9LRhNQWo05Xw6C2+c8UEGfYceM2WG5enVy9NXZ62MpWJ7oFZsjSiKaWJxzEYVx2"
    "2fDm5n1He6iQGMOeJQpFLCsotZ48NxOoV69EbDg/3AVlvYXwrvC/MltR1fkAMl8tt5sqBB"
    "rOTq4qDrmSATJiYuIwe9ngv7Fnd6PfIT6fVG/Gakf7UDYQ5KZiaU+w+I8AklN76YTshBX6"
    "iRrvuBFQK5VKquZJ+hHm867kMjtehozKQEUKSWF4mpIjd0ItvElh+MqHeDsiMGvZobYZEa"
    "UYWyJKlgdDuE9oHqo8cVOZCMAaFB5R+fxNT3qNuZzHu9B88hHXGBLkNlplbzSVOzTULJFl"
    "fS9r1NpNBf++jNRgLLkZEAdup2+2JGbmHrlijMQsETdN1nY4Y9g1bF+QAt5a5raJeJrD60"
    "DMqYbSE2UqiEHCuR08indiafKn1/b+7u5e7uwWKxiPELfnPuqWyU41QpoHFT2NBh4eGmYL"
    "7BFvz4z8PDo6Mnhw+PTp4+Pn7y5PHTh0+hrG7uYtaTHFa8OP/l/OI6yQRMyEDerIYrgB8R"
    "7hD/h/uGud2ZyuEdI9oe1o/qN9btAWQFaUoG+T2IVCq22NdJotIIzpZPQOigc+m5czsC94"
    "TtdrLkcn06cVbkepKy4fo+cT24KpU4pMdI6ndMv3/JaXRhLQpwRNHgW1psCuA1Ar47BHzR"
    "ALtbZoqzvQH0DkBjS2JZeWlcEW9EfBn3G0v58+/vmEuXWPBYoN+YWvZwl10GdmI4Tqiv+I"
    "BPKBKtBdTbqKY6gbVJ+fu5w8YToZg3mMPMb2VI4FMl2nkyeB6V7d6y+epi+D9Q0o2WkL1e"
    "7Ps/QgN6PRRVYxYsPyiYhu+QGZWEenKGAujnkDJRZCh8cnisrSWXip4XpMyxy045QfPynf"
    "8+taUVMu84Oixi3gGllm77Oi9f2DyE9jB/4luxTlHIU2SNprrAkRY2ezXNWH6XCuEigu3J"
    "4DaJrxHDHT46fnL89OjkOJS+hSl5QrdFAZtZjRbxXG6AF1E05nerm981gq5VWFElEcdSee"
    "bCDXE3Fgu/Ge161lEpyMo9I32KFVrlaHSJRx9jAGB0Ts8JDWwJ4EzkKTKC0xDq8uFvf064"
    "p3+Imac19xzGBKOONU0IrQzsOxTU7wc2AnDM0j/j+vwDIInbWXQStgpoB9E2T1w+ekq/dO"
    "GSeHBYawe16Sc2UAv+n6ZupywhpjBPfE3lisGtqQGOhdCLDrYdxhRX1qxBAABk6IuxPRnC"
    "hMPHNHgIpAihorfMg5bho5qwQmjbCFiOFhJQwZgrnP7c0+91dPvJWzNsr/79GtZVWKDNWw"
    "vTjJkPh1KCxhcP4aMEynDFoA/9OX5nMNJWEVT3gLkuGkug8YaCmqUH3RsJwyjJmGeZcQsL"
    "A3xc0rktjcdag44TmHg4YgwTetHEgzsSzUso4mCNNABB4WO9Q+6HBihKkIRBStIQRbNMP2"
    "Si8AdMgTnWre1MjB0MlxEXZyPx0cMutsknwT1oI6DtsqFCGgl1Wt5QKO1Az9uEDwEUCdAz"
    "hc+slluExMeYvYRb/Wr6/VKQvHCUxyM8ls2qKsbsxqBkxwYlqyjcd6Fr3/zZc8sq4GD5LA"
    "d9nKoBf2XwE0tQubGfomyYsDITcL8tI1cIytdQoHB0WEiakyPMSQsU4EBS5vZrizdX39Wv"
    "vuExr9yCkiBbaTWpGO47tKjavt1mgz2KzuwFpcxiHqdpdPIFBMTmQlcG4hhJg/DdCJcXWT"
    "aiyoqKKpNH/QUBRFGZQgbpGgKGik2ndcQJO33EWjEct2yMNUg9yFvTiCj9vm+/sC9qTJQx"
    "ke8209rua+E9RfbOx8K7URIFJlsZSqKYNddyJVHccGxNt2aScgeVQDShybEqBxTfd6kykv"
    "3ZiHmoLtEifu30TJIRdbQag3DVIafEAOyE+ib0g2aUTahbQvdkWsOB8v/Pvd5znTMTviO1"
    "QuFGeKxDgq+i3Zf5MOpstE4FPwyguHxg1E0DaA0zDWhrlQg+Rf3ooV5Ed6vPhgKVTApAEH"
    "3hzH+QQfVWvYGqlw45jyvAUsqxtI4LqrDalWckUpC1Uxon7OqC2gj7aFjTZxrzzCe5pdQe"
    "eDfUegzJUBsWajAWlRouhy5lP569Q51yp4pkSaFEk2xD/25FM2RZfxKk2Fj2deKbu0I4sy"
    "Ix0tfgoZG009v4rbOLXEuTw/zAH+SPX8/enQWDFMY1Ob8isBqRi/evX5vFdYOti0b1XQ2M"
    "SpLTi1fp9uq2NlqpnWqlSgtytv72tnZCnH1RBO7/o9t90vztP9r7qOrbf9Srr9trKTgWbG"
    "pXTPviK+KnIs8T34IjPuEplmWVfQ2dWirMCkhqoUDNk1Ge/Xmdr94LRZSvLy9+CYqndX5p"
    "8bCig9GYZb6SyTErTpI1CtY1bIvDK1aJhSVB1Mgb71aDNBbcKy05+6YWaXwTfBdsZg5fjc"
    "sJwsa5TJV5HMmvyjI5SdlwucpctqqCsiyOkTX8rT5/A/F1SkohhMuol8fhgDDF5D5QbmoL"
    "DlPinC2sIivN0ReXl68TzHxxnr62vX/z4uzdwSPNRSjE1VKZUEVsQvbo6FPCKCShmCpurR"
    "YjqoWE4ruyDKka+Bs1DTFj9R5Arrkr+cScXt2NjycUH1qbhDVd1FzEqtrb8852XdQkIMsw"
    "qElDutyqZoGP9xMxUI7E1HW0T/QOuQxsWaJH2WPqMPs0lytjJIORBV1tIsLoYEQcTl02UK"
    "FRzpD5TEcObGtzFlfLO0wQMmtmkrKU+cHYt3BHto37G+3gHQpxPwpRqF9NQ2NnXtLkh5uX"
    "xvohiHlBjmEPg4e6Yki0JRA+7uUSjX/wVTVGRGy1l9ixBJ5hzbwLTLQW7VJixlsZoQmDm0"
    "M6PeiByQDuiaj6xmRid57hEaoS562gfHPUKiAUX+J2f7m2rVZu97etags0s4XBtuUbrMtj"
    "7XLvtsyyEZSvA9ZpLf3x00J6+uOnOZp6zEwpjvXG0gUMmFsG6TRd/RDfSHRZPij3Si4oXz"
    "94NxIfZeJz4dvA4EUhjtNs0cDHE/7YOHraxlAuNJJzBnIa6LIBZJvgsetbmIQ3vzLAJ4ga"
    "9NdBP37RLseCNGXDh8aHY6NwzFU4hnKckkyO0zUq5SpzuDEZqDd/HS7HXMrVTH9StA2nq8"
    "xp9nXCobpV7PgSlA2Xq8zlUJeywONcKZFo3GkUl+QndWNFlVJJqsYJzM6dwFTtYrBlW5/t"
    "+iapGtj35pxkYfHdHqbVXAjuhDS+3SQwhQbE3DykVtt7gLV4EK49RTa5xVTJmU48rFeG/U"
    "8q6tdy8590oLGVwy9MmC+1zY124cE97cAmbsj3POmFxnrNR2efUOe4r22GmHb/j6VKOYS5"
    "25qmMYTZrSFMwPhFrPMe+8epdvjQf69diJgwFCtcUhOENRQb1zjacfOUorlabXjyNM8odj"
    "6K6+Bhc1+hraiLzbeBP6qsK0HMV1XOfcCWWidMLQbMCuvRcch0GLJnGBIsHj1sFItKpgOZ"
    "wZ3gls3bUegwE6XN06G7CgasLXXQzzt8Zq7WGcdOOzzWO+Nvcqne4rEzfQFYWNJ3NC1Ccy"
    "CZOTNi2bmTI/5WpjtJUa0c0tm+mNGB72ZcDUbMIXRG5yZ2H84AOyZ0HD2cNdGn4b6NnVl3"
    "blThRFOhQM73peHIi/AmuB04Re2pYiRrGVKtZrcZySD6U+4q7skOfnYXYoh7s69aa3W668"
    "R06bFrAf9s+Ly001mzmdPSekv9VI6upv14dxbX+3SZ/BMRlO7KWPH15KR9jELKfBSUQsWE"
    "ec5EAHLtwO22ffaIkUSlPjehh0CH2AZoH9qq4HLfiD+rIv4MuFxmg43T1G6H3dS7nsnh4x"
    "NnVAbmiKKGgpmNvDahU1UK4aB8g28xfO0OUAbiGEkNUb7/QJyNNf1y6OurFqnCLXfX3G1M"
    "ohphcsGr1Dshxm8YWma0Mi5Rsdx23vXJh3LdsS64+sXp1IjIzJ3I+GCRbRSDac8s6D1mOF"
    "VTHyobMepjWKepVGJM8OPLLUkwV2c25iMVvz8FnCq6bAfla7hmb+TI2eyMzc7Y7IyFd0aN"
    "esaeGHBj+W6IHVpnGzRWlh1yPWKEa59pXMopcwh8iM1Q8/rMxDVU4pZ5ocIIvvoF9s/Tt+"
    "dt9FmmSwSe2JTQjsuMm7WJL4bcZUlfaMkajMmmiTLlWHWUJnoGGzERrgPF9NdtGUk8oV3D"
    "aVdrOrh7EECQDMQURoQJN2gLi6EOaogf1y7WDiRj2TEDH+gK9adklw4V86FGnw0BY2laEK"
    "ITxkTskEusX2jnbkHgxoNeL3K6DfUSAdcfbNRHz2DssqFqw7nDOrHTvQz6SD3oHukji7DB"
    "BEfYJlTVOc5SGiXcako4/X8JoIPy9XvStZFDBRtTXsq5UkhQP4CPCoWbOsqJN3W0GHCKfo"
    "GRnXGKyBHFhhT1g3hjKoVwSywrK0xSNs98q/zMN36MKMvnNG3D6SpzOnYCXWR0nkFgirCJ"
    "PKkBK/QIRUMHB/lVXNukaZvZVeXZ1cQ9+h643OhPly+w9dKflrCRjB2mqH+j53I/wyVpmc"
    "gQpwPFv1gnpXs52xejQqS9EEP3eJYh8IZgqtp0KYSTFVWuiVJxbwV7CdKATiXLeuPSRGKJ"
    "w7S7uDV7OapC/xD3gFfKKUUt4co0Fl8DsgxT9Trihgr7NaFKGqTUBaRSasy40DLxOC0b1e"
    "CJSoFhmKyuJttCSa3vKfP5ACXNC3pfm9PO0/zSqMwKql+bdM86xe/l7evho+Mnx0+PTo5D"
    "IVeYkifbWvaqNQIVn9dnuiRYroKJkdTQbmYzDw5gUpVA2BavIbobic0y0C/MMgQ5OU9RI5"
    "LtP0XdjYiuGo9O1zVh+vZ/kib7iA=="
)
