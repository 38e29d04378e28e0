/* Adds a filter and copy buttons. The page is complete without it: nothing is shown, hidden or computed here alone. */
(function () {
  'use strict';
  var form = document.getElementById('filter');
  var words = document.getElementById('words');
  var shown = document.getElementById('shown');
  var cards = Array.prototype.slice.call(document.querySelectorAll('.card'));

  function lines(pre) {
    return Array.prototype.map.call(pre.querySelectorAll('.command'), function (c) {
      return c.textContent.replace(/\n$/, '');
    });
  }

  /* Where the clipboard is closed to pages from files, the old way still works. */
  function copyBySelection(text) {
    var field = document.createElement('textarea');
    var ok;
    field.value = text;
    document.body.appendChild(field);
    field.select();
    ok = document.execCommand('copy');
    field.remove();
    return ok;
  }

  function addButton(parent, before, all, title) {
    var text = all.join('\n');
    var button = document.createElement('button');
    function done(ok) { button.textContent = ok ? 'Copied' : 'Select and copy'; }
    button.type = 'button';
    button.className = 'copy';
    button.textContent = title;
    button.addEventListener('click', function () {
      if (!navigator.clipboard) {
        done(copyBySelection(text));
        return;
      }
      navigator.clipboard.writeText(text).then(function () { done(true); },
        function () { done(copyBySelection(text)); });
    });
    parent.insertBefore(button, before);
  }

  function addCopyButton(pre) {
    var all = lines(pre);
    addButton(pre, pre.firstChild, all, all.length > 1 ? 'Copy ' + all.length + ' lines' : 'Copy');
  }

  /* One button for a list of several steps. */
  function addCopyAll(section) {
    var pres = section.querySelectorAll('pre');
    var all = [];
    Array.prototype.forEach.call(pres, function (pre) { all = all.concat(lines(pre)); });
    if (pres.length > 1) { addButton(section, section.querySelector('ol'), all, 'Copy all ' + all.length + ' commands'); }
  }

  function has(element, word) {
    return element.textContent.toLowerCase().indexOf(word) >= 0;
  }

  /* Rows of a card are findings of their own, unless its head is what matches. */
  function filterCard(card, word, wanted) {
    var rows = Array.prototype.slice.call(card.querySelectorAll('tbody tr[id]'));
    var whole = !word || has(card.querySelector('h3'), word) || card.id.indexOf(word) >= 0;
    var hits = 0;
    rows.forEach(function (row) {
      row.hidden = !(whole || has(row, word) || row.id.indexOf(word) >= 0);
      hits += row.hidden ? 0 : 1;
    });
    if (rows.length === 0) { hits = whole || has(card, word) ? 1 : 0; }
    card.hidden = !wanted || hits === 0;
    return { all: Math.max(rows.length, 1), shown: card.hidden ? 0 : hits };
  }

  function filter() {
    var word = words.value.trim().toLowerCase();
    var wanted = {};
    var all = 0;
    var n = 0;
    form.querySelectorAll('[type=checkbox]').forEach(function (box) { wanted[box.value] = box.checked; });
    cards.forEach(function (card) {
      var c = filterCard(card, word, wanted[card.dataset.severity] !== false);
      all += c.all;
      n += c.shown;
    });
    shown.textContent = n === all ? '' : n + ' of ' + all + ' findings shown';
  }

  document.querySelectorAll('#actions, #next-actions').forEach(addCopyAll);
  document.querySelectorAll('pre').forEach(addCopyButton);
  if (cards.length > 0) {
    form.hidden = false;
    form.addEventListener('input', filter);
    form.addEventListener('submit', function (e) { e.preventDefault(); });
  }
}());
