// A click on a demo account fills the form; without this script one types.
document.addEventListener("click", (event) => {
  const account = event.target.closest("[data-username]");
  if (!account) return;
  const password = document.getElementById("demo-password");
  document.getElementById("username").value = account.dataset.username;
  const field = document.getElementById("password");
  if (password) field.value = password.textContent.trim();
  field.focus();
});
