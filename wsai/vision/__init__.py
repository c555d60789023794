"""What a picture is: decoding, boxes, zones, and drawing what was found."""
