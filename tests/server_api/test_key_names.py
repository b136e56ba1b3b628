"""Finding whose key it is."""

from realtime.gateway.server_api import Keys


def test_a_key_is_found_among_many_by_its_name():
    keys = Keys({"shop": "one", "jobs": "zwölf"})

    assert keys.name_of("Bearer one") == "shop"
    assert keys.name_of("bearer zwölf") == "jobs"
    assert keys.name_of("Bearer zwölf ") == "jobs"
    assert [keys.name_of(each) for each in (None, "", "one", "Bearer on", "Bearer ones")] == (
        [None] * 5
    )
