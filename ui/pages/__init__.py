"""The pages of the app in a browser: what each loads, keeps and shows."""
