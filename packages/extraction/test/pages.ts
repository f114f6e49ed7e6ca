const paragraph =
  'Twice a day the bay empties, and twice a day it fills again, slowly at first and then faster than a walker can turn back. ' +
  'People here plan their errands by the table on the harbour wall, not by the clock on the church. ';

/** A small article with the furniture real pages have around one. */
export const articlePage = `<!doctype html>
<html lang="en"><head>
<title>The tides of the bay</title>
<meta name="author" content="Ada Lind">
<meta property="og:title" content="The tides of the bay">
</head><body>
<nav><a href="/">Home</a> <a href="/about">About</a></nav>
<article><h1>The tides of the bay</h1>
<p>${paragraph.repeat(2)}</p>
<p>${paragraph.repeat(2)} The <a href="/chart">chart of the harbour</a> shows both.</p>
<blockquote>The sea keeps its own clock.</blockquote>
<p>${paragraph.repeat(2)}</p>
</article>
<footer>Cookie settings</footer>
</body></html>`;
