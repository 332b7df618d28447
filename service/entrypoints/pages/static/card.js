// The card's countdown, by the second; a card that has expired shows no code any more.
const place = document.getElementById("left");
const two = (number) => String(number).padStart(2, "0");

function tick() {
  const left = Math.max(0, Number(place.dataset.until) - Math.floor(Date.now() / 1000));
  place.textContent = left ? [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map(two).join(":") : place.dataset.over;
  if (!left) document.querySelector(".qr").remove();
  else setTimeout(tick, 1000 - (Date.now() % 1000));
}

if (place) tick();
