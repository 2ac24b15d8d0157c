mod brute;
mod cases;
mod explanations;
mod profiles;
mod random;
mod suite;
mod variants;
