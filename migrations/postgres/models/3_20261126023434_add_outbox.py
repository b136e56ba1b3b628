from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "push_decisions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "user_id" VARCHAR(64) NOT NULL,
    "notification_id" UUID NOT NULL,
    "message_id" UUID,
    "subscription_id" UUID,
    "verdict" VARCHAR(32) NOT NULL,
    "detail" JSONB,
    "at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_push_decisi_at_8f0f85" ON "push_decisions" ("at");
        CREATE INDEX IF NOT EXISTS "idx_push_decisi_user_id_052b5d"
            ON "push_decisions" ("user_id", "notification_id");
        CREATE INDEX IF NOT EXISTS "idx_push_decisi_user_id_3602a1"
            ON "push_decisions" ("user_id", "message_id");
        CREATE TABLE IF NOT EXISTS "outbox" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(16) NOT NULL,
    "user_id" VARCHAR(64),
    "notification_id" UUID,
    "message_id" UUID,
    "subscription_id" UUID,
    "order_key" VARCHAR(64),
    "target" VARCHAR(2048),
    "body" JSONB,
    "attempts" INT NOT NULL DEFAULT 0,
    "looks" INT NOT NULL DEFAULT 0,
    "holder" VARCHAR(32),
    "due_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_outbox_due_at_398050" ON "outbox" ("due_at");
CREATE INDEX IF NOT EXISTS "idx_outbox_user_id_abd709" ON "outbox" ("user_id");
CREATE INDEX IF NOT EXISTS "idx_outbox_order_k_3db5be" ON "outbox" ("order_key", "id");
        CREATE TABLE IF NOT EXISTS "mutes" (
    "id" UUID NOT NULL PRIMARY KEY,
    "until" TIMESTAMPTZ,
    "conversation_id" UUID NOT NULL REFERENCES "conversations" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(64) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_mutes_user_id_c625bb" UNIQUE ("user_id", "conversation_id")
);
CREATE INDEX IF NOT EXISTS "idx_mutes_convers_79fe43" ON "mutes" ("conversation_id");
        ALTER TABLE "notification_preferences" ADD "push" JSONB;
        ALTER TABLE "push_subscriptions" ADD "origin" VARCHAR(255);
        ALTER TABLE "push_subscriptions" ADD "failing_since" TIMESTAMPTZ;
        ALTER TABLE "push_subscriptions" ADD "vapid_key" VARCHAR(43);
        ALTER TABLE "push_subscriptions" ADD "last_seen_at" TIMESTAMPTZ;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "notification_preferences" DROP COLUMN "push";
        ALTER TABLE "push_subscriptions" DROP COLUMN "origin";
        ALTER TABLE "push_subscriptions" DROP COLUMN "failing_since";
        ALTER TABLE "push_subscriptions" DROP COLUMN "vapid_key";
        ALTER TABLE "push_subscriptions" DROP COLUMN "last_seen_at";
        DROP TABLE IF EXISTS "mutes";
        DROP TABLE IF EXISTS "outbox";
        DROP TABLE IF EXISTS "push_decisions";"""


MODELS_STATE = (
    "eJztXXtz2za2/yoY/7POjNZ1bMfJTXbujNOkW28TO5s4252t78iQCFmIKUIhwCia3n73PQ"
    "cAn6JoUrIsisVMJ7UAHBD44XVwXvh9byI85suDs6Hi37ia770kv+8FdMLgj4W8Htmj02ma"
    "gwmKDnxdmJpSnOlkOpAqhCTIGVFfMkjymByGfKq4CCA1iHwfE8UQCvLgFqv4JCZMjeEHoS"
    "SSLCQe93pkysIxnUqiBKGBUGMWHpBzTxIxIl/EQJI7xqYEksk/Pl1eEDWfMvw1J0PoBZlx"
    "NT64Dq6DmxsRDNnNDeGSRAH/GkEeVMWITD46FFGgoN7AnxMsTPZFwMg0FCPuM/KNsxm2Rf"
    "8B/6OBR8YiCp8cYH9NlX0lbhm2EHrz2/9BMg889h0QgZ+/AVQh5Pa5hwTwLxT4bQ/7aZMW"
    "8rGG6V1/xJnv5QbGFNHpfewwpn3+fP7mJ10SYR30h8KPJkFaejpXYxEkxaOIewdIg3m3LG"
    "AhVczLDBcOkB3bOMl0EhJUGLGkd16a4LERjXwc9L2/jaJgiGNN9Jfwn5P/tU3LFOv3Ly6v"
    "+p/eXvX7e3XmiE0aigDnF4fxQmD+MPWmgOjUPfzAjz+ffdw/Pn2iIRBS3YY6U8O194cmpI"
    "oaUj1OKcpUt38R6R/HNCxHOqUooA2NXQXnOCEFOl1MMYQxSBuAdW9Cv/d9FtyqMfx8enhY"
    "gfO/zj5qqKGUxlrA6jcbw4XNOjJ5iHmKMazgftlsxrVcjnFKUcDY40NF/p/4XKoaWNsZ2x"
    "aoK5BFKLDmiZRf/Syg++/P/l3E+sd3l6+LUx0reF2Cu+IKqBpM7xzRSjO8ZajnJ/jRs2c1"
    "JjiUWjrBdV4eaDhcKO4wTaZ4lsZN8tUnOR7iTeZ3XP5Bpvb9Z+TjTexaO/dRxc59tLhzD0"
    "OGYPSpWoT4DeQoPmHlMOcpixPckh7Ef+zguVkB9tX5+7efrs7ef8hN9jdnV28x50inzgup"
    "+6eFcUkqIb+eX/1M8Cf5z+XF2+KaSMpd/WcP20QjJfqBmPWpl8UkTo6TcsOcY0rrLqQcUf"
    "cOitOTGsvp9GTpasKs/GLK3ALqYpwh6SCz+TAQ4wVqdFfK3CN8i3D/JELGb4Nf2FyDfg4t"
    "pOWHgr0bf7bV7BjYf8SzKU5Nl1xIZ8mNMzvJoO/QY6bMtDz79OPZm7d7JVvF44Hasj2iLq"
    "a5zbEcVZy3Azq8m9HQ6+cmMOaII1FIScouZk2OJsUUGtBbDQ/2A1ttYf9RBN9YKKnt+IIc"
    "KJffq5IFDTMlVxcHXc0EmTIx9RnZv7nx4dzi3s0N+Ru5uRnz27H+1YuFOSiZmVIePiEiJJ"
    "TchiKakv2BUGNd9xMrBPKpVH3JvkI9QTQZQCO16GjCpARQpJYXiUiRWzqVPWLLD8c0uEXZ"
    "EYNezY2wSI2pQlmSVDC7PUIHQHUdcEX2JWNAaFD54YuIwoD6B9P5zc2TV5COuECXoTJTq/"
    "mkqdkmoWSLK2n73iNS6K9dB7OxwHJkLGA4dbtDMSN3cHRLFGah4Am6HrIJw55Bq7LjAC3l"
    "vm9oLRgBm7EEDm5qNGkxIEk3A6GImahejxxa0ZnS/+rcgB2Qd3ApAUDG0CauXl0HWgpHoY"
    "QIPd2cwRwAiKae5f7goyhE0z9NnkbbfloX6MGX+HCM34BPBlAvmVH4BgsAjn0c2LKm9HS9"
    "hU+Z/gWmHuxpDhysdUI9tlSa99uemYCYbWefEdDlRHy5HCe625rorrFow4k1mok14n10Ee"
    "PX/PY8UOUoZ6kKQON5uSE+6nBTMN9iC/76P0dHx8fPjw6PT188O3n+/NmLwxdQVjd3Met5"
    "xVC8Pv/7+cVVfhAwIY98umk3wz5Pt0X0D3cN8QwPsMJ0Twkd5vUxt2xSM7wzRI+H9dNO7S"
    "4FDqypaK+E/AHkey07Xrsk3nNS3OULEDroXQb+3M7AHRl2u1gqRz29GDUd9TylG/VdGvX4"
    "crow5MuvRRmS7l2MHl6Mn4oI6gKcUjh8G8vwATwnbb5H2pxOsPsF+LjaHaD3AJrZEpsK77"
    "NWIUbeXHK/sZQ//fKR+XSJOZkF+r2pZQdP2WVg501nIrU2QlBFV+GZ0lDxIZ9SJFoLpQ9p"
    "TV0Ca5O6sjdsyOUSPVmS16vSkU0jOQYwTNHVlWS/ooIGtRdYlRdrogglWH+P3LGpIiOtEv"
    "PoXP8Va5GovEOtytwqgyAJjcuMpgQNn8WI3Nx4YgKQ/pC0UyuyUI/lMUW5D6VnWkOkjFKG"
    "odl0wJgnD8i5IgiMJPQ6GIRihgbdRlnDtUrJNBQ1R0tULgvaFbh0FG2mA6H4iA/1BO+X2F"
    "THsgink9m6TsbZuGz8/lFcDQ1mdQnpQ07xdpwRK83oBa6tIbJ5qjVAbSfDvCamMhokX28I"
    "bAmpQ3dBjYKHepM9N0PSwT33+KjGnnt8tHTPxaw8xIYRWkR4uXl/SuGM+1c37m8uu+6szH"
    "pHZNRLFVILIr7t2D+ee2wyFXiHmf/CSj1hCyV6Vfc7npbt37H5mjc8vJDd3GS+/1doANy+"
    "4JKGWcAn45UOvqPvgjSQM7S4e5Xe/45OtLeqrH3Zyuj3mt2clh8tD8nJt8i95viojnsNlK"
    "o4Vax7zfLb0wjaw8JpaC0Z6kJeIOvgif7wtyipqIpKRGpL7U5SgsczO9kkvsby5OjpyfOT"
    "F8enJ4nBSZJSZWeyaFNidqMmHFJK4Tik1TkkZ9vhOKbNckz/MN4NZaxSnFXJI33JFFqFNb"
    "pE1sc4YBgzy1eEJq4LKI8mY+CGUDgNf4dzwgP9Q8wC7TnBYU4w6lkBeOLlYeOAaB8B66MB"
    "bNaCy8A+kGT9XA5yviLoh9Iz8m7tCZH1TrC16RAnUAv+v0jdK3iiRLBOQk3li+GdqQHYQu"
    "jFAbYd5hRX1q1EoMx9FIqJ5QxhwaFUXisBEEJF77QbBAY1SSqEto1hyFGyDxVMuMLlzwOt"
    "DdDtJx/MtP30z3ewr8IGbWJdmGbMQmBKUay/fwgfJVCGKwZ9GMyt/wZ6pVDdA+b7MtEZXA"
    "cygO6NhRkoyVhgB+MONgb4uKRzWxrZWoOOF7vYWN3EgosN9yS692jdg3WSAQRFiPWOeJh4"
    "vChBcg5BeUeg2K3EuLDAEphj3VppYfyQrMNMZPQa4jrALvbIF8EDaCOg7bORwu8aDx8oMj"
    "H1IWseO9NgnRK+aceOQm0eINMjfASgSRgapjAMznK3lOwctFIwa3Jc1IXEyUv1KmVVZSaD"
    "06BsWYOyig36NszPN8+bPrJVdLy9NoM+S+XAXxn83BbUbO4XKN0grDwIeB43kTvE5TsocH"
    "h4FQIwLE1ux7a4uxqvfjVO2MBmG0qObKXdpGW4b9HJ6PGdRx32KFqzF5gmm3mWxpmp1xAg"
    "mwtdE4gzJA7h+xF2yt/OiDLzrP6CAKKuTKGE1BkDbT3IWMtwfGT/pGEhYNKafjXF+Eu7hX"
    "1d/5qShXy/59LjRnPbUWTvDea2HSVS7MVUokTKODgtVyJlfanWDDsvKfdQSURzmh6rkkDx"
    "fhJKSkeRor6vVQA6KL0kY+ppNQfh6oCcxRL+RB+FceqNMgp1TxihSmtAUP7/FX0qMGcmQk"
    "9qhcOtDqkVfxV9fVLPDK1zwQ8DKL612SZDaA0zDehplQk6eVwHOlwWdmvARkL7XgAIgmSc"
    "h/4i489YNQiqaLADtuF/ySjMCso0aMN1kIUKylp1zEuSatQwkFpGQ2WCcxXUTFTrRHCoBq"
    "gB0YiXxFBrpAfBy6JWbEiG6rNEpbGo5fA59Kk8pNc9+pV7dSZLCuWaZBv6+166ZJb1J0eK"
    "jWXfp6G5PCRLLZUrfY+DcUi73s1DA3bX29PksGDwB/n157cf38azFiY6Of9EYHsiF5/fvT"
    "O77QZbl07z+xqYliRnF2+K7dVtdWqqraqpGkt2Hj0mVeekOruiGdz9wFS7pArcfbR3Ufe3"
    "+6i3X9m3p4At2NSpWHw8oYaUoMK2+2jx5QSBjtIlEswr6NRS6VZM0gmNapXQ8u2/r6r1fY"
    "nM8t3lxd/j4kUlYFFerOhwPGGloRIq7JDzZE7juoYxcnLFarCx5IicAPJ+vYgz+V5py9k1"
    "PYmL3/enGGbm8dVGOUfoArC2eYxT+VXTQc5TulFu8yhb3UHTIc6QufFt//jG4uuClEIIn9"
    "GgaoRjwsIgD4ByU0dwkpId2do6s8Yj+vry8l1uMF+fF69tn9+/fvtx/6keRSjE1VKZUEuM"
    "RHaI9WkSkCermKpvvpYh6oSE4k9lKtI28DdqK2Lm6gOA3PG3/3JrevVQt9nAcmvGKb3IVL"
    "Wz/M7jxinVAXDLLGtsYNwKs5o4+u5KNjVneV9pMUocgY2/LAat1XYokRwz7d+suA+5yMqi"
    "yyx6K6MBy3J7j6xja2EbuN+Iw3mybtdEQA93Y9lVTOTuQm2+Czn+vGtW3G0D0j0V3QK2pc"
    "guNnoq2l13Nnrd2Y4hd449L+E5i+z7ct5z4c6wpl235TrlWES+px9MPiCXsSF1GjEIHwC2"
    "cWO4Mhbakijha5twRoF99Tj12VD1rgPgT0XgWytoIW1dWLV5e1piZB8e9PWPm5sniRH5iI"
    "UYj8dYRYd452Fe/4sYmKAy1ASdyVp2W/tr7kkbzl+Hk4FCPCSoaSe4GHQUIHx6OcibqNsH"
    "k7XjsomIpEQaWAbYcm25jsFquERjdeS7x1Vsdz6adbzoFznuzHZQEpY/FmwX0+MemAwYcB"
    "E6dn377Ho8jxsKt7NkTrRdQ7St0WnA2MXlHVdXwzZmyZvgy43uOvUm+GNb3MUGmrXBtuUd"
    "1s2x9nlw12TbiMt3Aeuise7Ji1rmuicvKgx2MbNgP6oP8D5gwErEVhWRMwp03UP86WEd+2"
    "gotRRvnVcIiDRsFj0jLt89eI+ePaszn589Wz6dMa/gwxJyEXI1bwJxluYR7fzhnjUxAWIf"
    "YyrXmskVE3nhbRBgqBdBrngZxJZ3huarG5onN+wmwOeIHPrroJ8VaDQbgiKlGwcX+93p2i"
    "p1bYm8rOEgZ+mcNrXNI+wsh7s9vh6XEy7lah4ABVo30m0eafZ9yqG6Vdx5cpRulNs8yonO"
    "amGMK6VEwoXZqy/Jd+/wOrOiHZm2zqzoMc2K9Eb6eJi2cyO4F9LscZPDFBqQifZW2G0fAN"
    "ZMOMduIps/Ytpkm3UZqYH4vldilWVzelX2WCIts54hlhJkYF5m65EkQlP8PhZV5gEsqR/A"
    "Mh4BXKEpk4fBMMseBkPDq5kI72y5/MNgptXmXTAMpelFbME4Cv70hbiDRlB1HQTsu3qF1a"
    "Lrgc6QRL9UhsZcY+F7LMSX3Sbim35aTL/L2yNSmL9tWyNG6C3Fp+ZGRI4Z8TiT2jxLhOhP"
    "c6ff7eVx63UikuIDaJRMfTpkhAf26bg4A/r/UtuFYQvRbIvat34xHOcInzbTcUgDZsN8ar"
    "DOtHdFbPsFa9OT5hU4bQ3XS+zICPesJRjJGt7pp8miQTK42VfP8FE7ga/KmT6PtDUcfByf"
    "WmMhgq1oeMtUEu1zILy5NW8zj79JY42mn+eDXwfkAiswL+NN8C21ERqmDebQ2pHZZ7DHLx"
    "NqjI9KJowG5iG7gDFPO5Sg1xLMtNrPHJtJkTdE0z+S0cKanA3a1m3Q2h+U7PF07qd1FJXF"
    "W3BGUXlavFG50PCbvrNmd9aGF9cSUnd7dRKBjQcCyJ/9TYAtIXXo5tHNsRd199wckdt1a9"
    "j8ai60CcQpRffw3ZR1JDL3ixgvN/WIyzsDj9UNPCjcnCfTsnCmS0MiZ0l2Ohzy0dOT5ycv"
    "jk9PkijISUpV8OOShwjxht8AwaS8gw9TjESkye6aUnRvd334d2GtbGIB33usAhIqZ7zVal"
    "VxiwwC3DBvMB6GM8Xs6jAvaHe3o9z5kD7mtVei4clm96rUPJlHwVb3uke/+ikLpXZc1880"
    "8UArB7LRC17lnxwzSgWCLzxDnZOB9tVnWvOBpRo9+nW/S7qT5G9Xkh8P/CLWVQ+6ZKm2yH"
    "7v9DNRXwQPVjqJcoQdPIj07LoM/LldcztyMNntwYXjcnZzrbkGu1C5rTRN2oFnlXcV2pa+"
    "q/whfnOw7EqQeY+w4j5gS61+GfhVGzEl9aDNFyOjUExewpWAfDBb66d/vtPsPzB3EfrgGi"
    "sguBPcsXkPy0EBrph+ehgvEqGY1TTvacToVzGfpbt1Cdtpp8d6PP4mt+pHZDuLF4C2XJYT"
    "X29ZujIy2ZWLI2eVMS1QrbZWdDA6HakOb75yxtVwjJaJMzrXi0avADsnemgbh6sm/TTct7"
    "EzeLdGw7/U0PE6QCM8HYMZPoE360L85YLh5NeIM2XtJtdcaG1gj7a74jai4V5+uR6OBbez"
    "sK46NkOylkZ2pfM7I9AYRNxXPJAH+NltyDQ2oqjFFdZkNOLyTjneDPO1jpf7WN7LgF0J+G"
    "fDDO9Wd6rNsLvrndWwFj5lbMlKD+ximWqWFkr3s+Zp6wm6rcE7SrrR1J4F3lRwdG7QYWFZ"
    "HC/W2vrDGY7P+HrENmAAhztX1rFBhPyWB8mhHdqIsgmNtpgPvzGvh0bzIxoa23kZt4FIyj"
    "08+7/RKfesmwG04ToYQYNZOIV2K2tgr50HbGjYTFu0Q8D+hXY2MH4EJEMLzcJWYQjaJ9qf"
    "AcX1fWAcFkLOotz/1orzMdKE7ib6fkQSg96OKPeh2r7kOg6uodKsDGKInYTjCJuNfgtYGH"
    "mgkYIuJkoCGQ3hxJK1rfyd6L8dov94gTThB7M0nWMIN2WSNz16duqV8B0VAd4Sig4KJTcS"
    "Ro9GqhHCcXmHbz187eHZBOIMSQdRfngLM2ebshz67qoEDavZZF2lFN2z29zI3pUw4U1Qzh"
    "F1D+iT4xo4nxwvhRmzCvbbmRtI0w2sSOvCKrXNui470rk7Y9OhXiB2Y93msW6DzqBVG6cL"
    "RbSDgs9HU2h+FGLynqHR7F6JeDST26sSjIZQrj/RBdd59dW87qqlneaNKdlDDaWJ9RF4ZB"
    "SpKITKxgwFmGQYSSUmBD++3MgXc3Wms+xtuXgvHqm623ZcvoN79kZuFe5kdCejOxlrn4wa"
    "9ZIzMR6N5achdmidY9A4wByQKxNdi0v4T0bMI/AhprV7L1FFSIkSdyxIbHm0gi8kZx/Oe/"
    "gmoy4RP06phH6Y0SgLp6EYcb8Qzixfg1GUDcc0AGyspZAmegkHMdF+uObrtgyaA+kgbalu"
    "z2TAF4YiQv0fVhIXjq2J4OP6CUlrQWSw/OGLiMKA+taGCCvUn5J9rceDGkM20pHeTHKMjl"
    "U6cnVALrF+oTWUZj55GIPN/qn7/cQ8wKlVnAZjn41UGo7N9DLuIw2ge2SAQ6QjneEM24QV"
    "YcUjRc6kaTWTJv3/BkDH5bsnQdsIU8EmlDd61Cwh6B7Ax0d13oCCUhU6loVXoOg3mNmNwi"
    "SkFN2DeGMa7+RIbCoezFM62WCbZYNZNqLpOBdp3Ui3eaQzHOjiQFf5ahQIdzpUzyP7Bzt9"
    "2p9ldaUXqabjnKd0o9zmUXbmPcs32G6Z9zTwfihGx4RRHpSYqby2xD/98hFf5uSlLyxbgd"
    "rZUPFv9nHgnVztCxLO/AXOdI+XuVVtCKa2LZdaOFlR5Zoo1X8lZDdBitTaCEEVXYVHvwBS"
    "5p3dAJ+LjGtuR7ekrPfxmrOpIVo7OauSyGYPgFchnFon4Sr1klsDshIfvS7ihvYMa0KVt9"
    "fpCkiNtLxZmW4urEI5qrFvbo1pmK+uI8dCQ6X4GQv5EAXxC2pxm9OrUozTtMwKmnGb9MAq"
    "1z9L1JY143YvV7BiYKjSYFoVrgopSQfNijbjLgiLqgHCtngH0X16WEfJCqWWP2B1uKBkHW"
    "o3+RI5V0Xck5Tk8eOebEeC2Y5oG+taeP3xX2wnfQM="
)
