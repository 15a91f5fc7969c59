"""Logistics: consignments, and custody that two parties sign."""
