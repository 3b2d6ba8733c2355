"""The views of the app in a browser: what each loads, keeps and shows (Streamlit keeps the name `pages` for itself)."""
