"""Who is asking, and from where: token, claims and keys; origin and dialect."""
