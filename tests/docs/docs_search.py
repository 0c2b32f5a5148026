"""The site's own search, as its `searchtools.js` does it: all words of a query, by their stems, in titles and texts."""

from __future__ import annotations

import json
import re
from pathlib import Path

TITLE, TERM, PART_OF_TITLE, PART_OF_TERM = 15, 5, 7, 2  # the scores of searchtools.js


def search(site: Path, query: str) -> list[str]:
    """Names of the pages that hold all words of a query, the best first."""
    from sphinx.search.en import SearchEnglish

    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text[text.index("{") : text.rindex("}") + 1])
    english = SearchEnglish({})
    words = [word for word in re.split(r"[^\w]+", query.lower()) if word and not word.isdigit()]
    stems = [english.stem(word) for word in words if word not in english.stopwords]
    scores: dict[int, float] = {}
    found = [_of_word(index, stem) for stem in stems]
    for page in set.intersection(*map(set, found)):
        scores[page] = sum(of_word[page] for of_word in found)
    return [index["docnames"][page] for page in sorted(scores, key=lambda page: (-scores[page], page))]


def _of_word(index: dict, stem: str) -> dict[int, float]:
    """Page -> score of one word."""
    found: dict[int, float] = {}
    for where, whole, part in (("titleterms", TITLE, PART_OF_TITLE), ("terms", TERM, PART_OF_TERM)):
        for term, pages in index[where].items():
            score = whole if term == stem else part if len(stem) > 2 and stem in term else 0
            for page in ([pages] if isinstance(pages, int) else pages) if score else ():
                found[page] = max(found.get(page, 0), score)
    return found
